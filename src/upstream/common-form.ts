import { defined } from '../defined.ts';
import { chatRequestSchema, COMMON_FORMAT, commonRequest } from '../protocol/common/chat.ts';
import type { Dialect } from './dialect.ts';
import {
  InvalidAnswer,
  UpstreamError,
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
  const chat = chatRequestSchema.parse(JSON.parse(request.body));
  const asked = {
    name: request.model,
    model: request.model,
    upstream: upstream.name,
    dropParams: [],
    params: new Map<string, string>(),
    ...defined({ defaultMaxTokens: dialect.defaultMaxTokens }),
  };
  const how = { stream: false, logprobs: chat.logprobs === true };
  const { dropped: _, ...written } = dialect.writeRequest(commonRequest(chat, request.body), asked, how);
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
