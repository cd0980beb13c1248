import { defined } from '../defined.ts';
import { chatRequestSchema, COMMON_FORMAT, commonRequest, namesReason } from '../protocol/common/chat.ts';
import { DONE, type SseEvent } from '../wire/sse.ts';
import type { AskedTier } from './asked-tier.ts';
import type { Dialect, EventReader } from './dialect.ts';
import {
  InvalidAnswer,
  UpstreamError,
  wrapUpstream,
  type Upstream,
  type UpstreamReply,
  type UpstreamRequest,
} from './upstream.ts';

/**
 * Calls an upstream with a request in the common form that does not stream, whatever dialect it speaks.
 * @returns the answer in the common form; of a server that speaks it, its own text.
 * @throws {UpstreamError}
 */
export async function callInCommonForm(
  upstream: Upstream,
  dialect: Dialect,
  request: UpstreamRequest,
): Promise<UpstreamReply> {
  if (dialect.format === COMMON_FORMAT) return upstream.chat(request);
  const { asked, written } = writtenFor(upstream, dialect, request);
  const reply = await upstream.chat({ ...request, ...written });
  try {
    const text = reply.kind === 'whole' ? reply.text : '';
    return {
      kind: 'whole',
      headers: reply.headers,
      text: JSON.stringify(dialect.readWhole(text, asked, 'all').completion),
    };
  } catch (error) {
    if (!(error instanceof InvalidAnswer)) throw error;
    throw new UpstreamError({ code: error.code, message: error.message, safeToRepeat: false });
  }
}

/** An upstream of any dialect as one that speaks the common form, streams too: for questions of the gateway's own. */
export function inCommonForm(upstream: Upstream, dialect: Dialect): Upstream {
  return wrapUpstream(upstream, {
    async chat(request) {
      if (!request.stream) return callInCommonForm(upstream, dialect, request);
      const { asked, written } = writtenFor(upstream, dialect, request);
      const reply = await upstream.chat({ ...request, ...written });
      if (reply.kind !== 'stream') return reply;
      return { ...reply, events: commonEvents(reply.events, dialect.openStream(asked)) };
    },
  });
}

async function* commonEvents(
  events: AsyncIterable<SseEvent>,
  read: EventReader,
): AsyncGenerator<SseEvent, void, undefined> {
  let ended = false;
  for await (const event of events) {
    const chunk = read(event);
    if (typeof chunk === 'object') {
      ended ||= chunk.choices.some(({ finish_reason: reason }) => namesReason(reason));
      yield { data: JSON.stringify(chunk) };
    }
  }
  if (ended) yield { data: DONE };
}

function writtenFor(
  upstream: Upstream,
  dialect: Dialect,
  { model, body, stream }: UpstreamRequest,
): { asked: AskedTier; written: Pick<UpstreamRequest, 'body' | 'stream' | 'headers'> } {
  const chat = chatRequestSchema.parse(JSON.parse(body));
  const asked = {
    name: model,
    model,
    upstream: upstream.name,
    dropParams: [],
    params: new Map<string, string>(),
    ...defined({ defaultMaxTokens: dialect.defaultMaxTokens }),
  };
  const how = { stream, logprobs: chat.logprobs === true };
  const { dropped: _, ...written } = dialect.writeRequest(commonRequest(chat, body), asked, how);
  return { asked, written };
}
