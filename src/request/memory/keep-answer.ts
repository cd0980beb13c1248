import type { Keeping, KeptConversation, StreamRenderer } from '../../protocol/protocol.ts';
import type { Incoming, Reply } from '../../wire/http-message.ts';
import { measureJson } from '../../wire/measure-json.ts';
import type { RequestHeaders } from '../request-headers.ts';
import { twoClasses } from './kept-answers.ts';
import { bookBody, bookReceived } from './memory-costs.ts';
import type { RequestContext } from '../request-context.ts';
import type { RequestState } from '../request-state.ts';

export type KeepContext = Pick<RequestContext, 'kept'>;

const NOTHING: KeptConversation = { items: new Map() };

/**
 * What a request goes on from; `undefined` where no answers are kept.
 * @throws {WeirError} `invalid_request`, `overloaded` or `store_unavailable`
 */
export async function keptFor(
  { kept }: KeepContext,
  keeping: Keeping,
  { tenant, holding }: Pick<Incoming, 'tenant' | 'holding'>,
  text: string,
): Promise<KeptConversation | undefined> {
  if (kept === undefined) return undefined;
  const wanted = keeping.wanted(text);
  if (wanted === undefined) return NOTHING;
  const found = await kept.find(tenant, wanted);
  // It becomes a part of the request's body.
  let [bytes, values] = [0, 0];
  for (const part of [found.conversation ?? '', ...found.items.values()]) {
    bytes += Buffer.byteLength(part);
    values += measureJson(part);
  }
  bookReceived(holding, bytes);
  bookBody(holding, '', { bytes: 0, values });
  return found;
}

/** Keeps a whole answer whose client asked for that. @returns the reply, once it is kept */
export async function keepWhole(context: KeepContext, state: RequestState, reply: Reply): Promise<Reply> {
  if (reply.status === 200 && typeof reply.body === 'string') await keep(context, state, reply.body);
  return reply;
}

/** Keeps a streamed answer whose client asked for that, before its end goes out. */
export async function keepStreamed(
  context: KeepContext,
  state: RequestState,
  renderer: StreamRenderer,
): Promise<void> {
  const whole = renderer.whole?.();
  if (whole !== undefined && whole !== '') await keep(context, state, whole);
}

/** A request's headers with the data class of what it goes on from: a class cannot be forgotten on the way. @throws {WeirError} `invalid_request` */
export function withKeptClass(headers: RequestHeaders, kept: KeptConversation | undefined): RequestHeaders {
  const dataClass = kept?.dataClass;
  if (dataClass === undefined || headers.dataClass === dataClass) return headers;
  if (headers.dataClass !== undefined) throw twoClasses(dataClass, headers.dataClass);
  return { ...headers, dataClass };
}

async function keep({ kept }: KeepContext, { asked }: RequestState, answer: string): Promise<void> {
  const { id, tenant, protocol, request, view } = asked;
  const parts = protocol.keeping?.keptOf(request, answer);
  if (parts !== undefined) await kept?.keep({ id, tenant, dataClass: view.dataClass, answer, ...parts });
}
