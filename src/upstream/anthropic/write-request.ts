import { objectText } from '../../wire/json-parts.ts';
import { ANTHROPIC_FORMAT, ANTHROPIC_VERSION } from '../../protocol/common/anthropic-format.ts';
import { answerLimits, type ClientRequest } from '../../protocol/common/chat.ts';
import { limitOfTier, type AskedTier } from '../asked-tier.ts';
import type { DialectCounting, WrittenRequest } from '../dialect.ts';
import { bodyOfChat } from './from-chat.ts';
import { openOwnBody } from './own-body.ts';

/** A request for one tier: a Messages client's own text but for what has to change, or a translated chat. */
export function writeMessagesRequest(
  request: ClientRequest,
  tier: AskedTier,
  { stream, isReplaceable = false }: { stream: boolean; isReplaceable?: boolean },
): WrittenRequest {
  const { body, dropped } =
    request.format === ANTHROPIC_FORMAT
      ? ownBody(request, tier, { stream, isReplaceable })
      : chatBody(request, tier, { stream, isReplaceable });
  return { body, stream, dropped, headers: headersFor(request) };
}

/** The client's own version goes before; the configuration's goes before that. */
function headersFor({ format, headers }: ClientRequest): Record<string, string> {
  const own = format === ANTHROPIC_FORMAT ? headers : undefined;
  return { 'anthropic-version': ANTHROPIC_VERSION, ...own };
}

type Written = Pick<WrittenRequest, 'body' | 'dropped'>;
type How = { stream: boolean; isReplaceable: boolean };

function ownBody(request: ClientRequest, tier: AskedTier, { stream, isReplaceable }: How): Written {
  const { edit, dropped } = openOwnBody(request);
  edit.set('model', JSON.stringify(tier.model));
  if (stream) edit.set('stream', 'true');
  else edit.delete('stream');
  const limits = answerLimits(request.chat);
  const limit = limitOfTier(tier, limits, isReplaceable);
  // A budget for thinking has to be less than the limit: with one, the client's own limit stays.
  if (limit !== undefined && limit < Math.min(...limits) && edit.get('thinking') === undefined)
    edit.set('max_tokens', String(limit));
  for (const name of tier.dropParams) {
    if (edit.get(name) !== undefined) dropped.push(name);
    edit.delete(name);
  }
  for (const [name, value] of tier.params) edit.set(name, value);
  return { body: edit.toString(), dropped };
}

function chatBody(request: ClientRequest, tier: AskedTier, { stream, isReplaceable }: How): Written {
  const { members, dropped } = bodyOfChat(request, tier, isReplaceable);
  if (stream) members['stream'] = 'true';
  for (const [name, value] of tier.params) members[name] = value;
  return { body: objectText(members), dropped: [...dropped] };
}

/** What has no meaning where nothing is answered. */
const NOT_COUNTED = [
  'max_tokens',
  'stream',
  'temperature',
  'top_p',
  'top_k',
  'stop_sequences',
  'metadata',
  'service_tier',
];

/** `POST /v1/messages/count_tokens` */
export const messagesCounting: DialectCounting = {
  path: '/messages/count_tokens',
  write(request, tier) {
    const { edit } = openOwnBody(request);
    edit.set('model', JSON.stringify(tier.model));
    for (const name of NOT_COUNTED) edit.delete(name);
    return { body: edit.toString(), headers: headersFor(request) };
  },
  read(text) {
    const value: unknown = JSON.parse(text);
    const tokens =
      typeof value === 'object' && value !== null && 'input_tokens' in value ? value.input_tokens : undefined;
    return typeof tokens === 'number' && Number.isSafeInteger(tokens) && tokens >= 0 ? tokens : undefined;
  },
};
