import { createJsonEdit, type JsonEdit } from '../../wire/json-edit.ts';
import { entriesOf, listText, membersOf } from '../../wire/json-parts.ts';
import { answerLimits, type ClientRequest } from '../../protocol/common/chat.ts';
import { INCLUDE_LOGPROBS, MADE_HERE, RESPONSES_FORMAT } from '../../protocol/common/responses-format.ts';
import { ALTERNATIVES, limitOfTier, type AskedTier } from '../asked-tier.ts';
import type { WrittenRequest } from '../dialect.ts';
import { LEAST_LIMIT, writeCommonRequest } from './common-request.ts';

/**
 * A client's request as one tier is asked: the client's own text, where it speaks the API too. Nothing is ever stored at the
 * server: the gateway's own rules say what is kept.
 */
export function writeResponsesRequest(
  { format, text, chat, chatText }: ClientRequest,
  tier: AskedTier,
  {
    stream,
    logprobs,
    isReplaceable = false,
  }: { stream: boolean; logprobs: boolean; isReplaceable?: boolean },
): WrittenRequest {
  const dropped: string[] = [];
  const drop = (name: string): void => void dropped.push(name);
  const body =
    format === RESPONSES_FORMAT ? withoutMadeItems(text) : writeCommonRequest(chat, chatText(), drop);
  const edit = createJsonEdit(body);
  edit.set('model', JSON.stringify(tier.model));
  edit.set('store', 'false');
  const limits = answerLimits(chat);
  const limit = limitOfTier(tier, limits, isReplaceable);
  if (limit !== undefined && limit !== Math.min(...limits))
    edit.set('max_output_tokens', String(Math.max(LEAST_LIMIT, limit)));
  edit.delete('previous_response_id');
  if (stream) edit.set('stream', 'true');
  else {
    edit.delete('stream');
    edit.delete('stream_options');
  }
  if (logprobs) {
    include(edit, INCLUDE_LOGPROBS, true);
    if ((chat.top_logprobs ?? 0) < ALTERNATIVES) edit.set('top_logprobs', String(ALTERNATIVES));
  } else if (tier.logprobs === 'none' && chat.logprobs === true) {
    include(edit, INCLUDE_LOGPROBS, false);
    edit.delete('top_logprobs');
    drop('top_logprobs');
  }
  for (const name of tier.dropParams) if (removed(edit, name)) drop(name);
  for (const [name, value] of tier.params) setParameter(edit, name, value);
  return { body: edit.toString(), stream, dropped };
}

function include(edit: JsonEdit, what: string, wanted: boolean): void {
  const others = entriesOf(edit.get('include') ?? '[]').filter((entry) => entry !== JSON.stringify(what));
  if (!wanted && others.length === 0) edit.delete('include');
  else edit.set('include', listText(wanted ? [...others, JSON.stringify(what)] : others));
}

/** The items that the gateway made of other servers' thinking: no server of the API takes them back. */
function withoutMadeItems(text: string): string {
  if (!text.includes(`"rs${MADE_HERE}`)) return text;
  const edit = createJsonEdit(text);
  const items = entriesOf(edit.get('input') ?? '');
  const kept = items.filter((item) => membersOf(item).get('id')?.startsWith(`"rs${MADE_HERE}`) !== true);
  if (kept.length < items.length) edit.set('input', listText(kept));
  return edit.toString();
}

/** Where the API has a parameter of chats under another name. */
const PLACES: Readonly<Record<string, readonly [member: string, within?: string]>> = {
  max_tokens: ['max_output_tokens'],
  max_completion_tokens: ['max_output_tokens'],
  reasoning_effort: ['reasoning', 'effort'],
  verbosity: ['text', 'verbosity'],
  response_format: ['text', 'format'],
};

function removed(edit: JsonEdit, name: string): boolean {
  const [member, within] = PLACES[name] ?? [name];
  const value = edit.get(member);
  if (value === undefined || (within !== undefined && membersOf(value).get(within) === undefined))
    return false;
  if (within === undefined) edit.delete(member);
  else edit.edit(member, (inner) => inner.delete(within));
  return true;
}

function setParameter(edit: JsonEdit, name: string, value: string): void {
  const [member, within] = PLACES[name] ?? [name];
  if (within === undefined) {
    const limit = member === 'max_output_tokens' ? Math.max(LEAST_LIMIT, Number(value)) : undefined;
    edit.set(member, limit === undefined ? value : String(limit));
  } else if (edit.get(member)?.startsWith('{') === true)
    edit.edit(member, (inner) => inner.set(within, value));
  else edit.set(member, `{${JSON.stringify(within)}:${value}}`);
}
