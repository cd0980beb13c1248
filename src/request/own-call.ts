import { commonRequest, type ChatRequest, type Completion } from '../protocol/common/chat.ts';
import type { AskedTier } from '../upstream/asked-tier.ts';
import type { Dialect, WrittenRequest } from '../upstream/dialect.ts';
import {
  UpstreamError,
  type UpstreamFailure,
  type UpstreamReply,
  type UpstreamRequest,
} from '../upstream/upstream.ts';
import type { ServedModel } from './served-route.ts';

/** Statuses with which servers refuse a parameter, those that are written carelessly among them. */
const REFUSING: ReadonlySet<number | undefined> = new Set([200, 400, 403, 404, 405, 415, 422, 500, 501]);

/** The failure of a call whose server may have refused a parameter; `undefined` where it failed otherwise. */
export function refusalOf(error: unknown): UpstreamFailure | undefined {
  return error instanceof UpstreamError && REFUSING.has(error.failure.status) ? error.failure : undefined;
}

type Adapted = Pick<AskedTier, 'maxTokensField' | 'dropParams'>;

/** How models take the gateway's own questions, where they have refused something: what clients write is none of this. */
const learned = new WeakMap<AskedTier, Adapted>();

/**
 * Asks a model something of the gateway's own. What the gateway wrote and its server refuses is written otherwise or left
 * out, as in calls for clients: the limit under its other name, the temperature not at all.
 * @param write the request for a tier that is asked so. @throws {UpstreamError}
 */
export async function callOnOwn(
  { asked, dialect, upstream }: Pick<ServedModel, 'asked' | 'dialect' | 'upstream'>,
  write: (asked: AskedTier) => WrittenRequest,
  call: Omit<UpstreamRequest, 'body' | 'stream' | 'headers' | 'model'>,
): Promise<UpstreamReply> {
  let adapted = learned.get(asked);
  for (;;) {
    try {
      const { dropped: _, ...written } = write({ ...asked, ...adapted });
      const reply = await upstream.chat({ ...call, ...written, model: asked.model });
      if (adapted !== undefined) learned.set(asked, adapted);
      return reply;
    } catch (error) {
      const refusal = call.signal.aborted ? undefined : refusalOf(error);
      adapted = refusal && adaptTo(refusal, dialect, { ...asked, ...adapted });
      if (adapted === undefined) throw error;
    }
  }
}

function adaptTo(
  refusal: UpstreamFailure,
  dialect: Dialect,
  { maxTokensField, dropParams, params }: AskedTier,
): Adapted | undefined {
  const refuses = (name: string): boolean =>
    !params.has(name) && dialect.refusesParameter?.(refusal, name) === true;
  const kept = maxTokensField === undefined ? { dropParams } : { dropParams, maxTokensField };
  if (refuses('max_tokens') && maxTokensField !== 'max_completion_tokens')
    return { ...kept, maxTokensField: 'max_completion_tokens' };
  if (refuses('temperature') && !dropParams.includes('temperature'))
    return { ...kept, dropParams: [...dropParams, 'temperature'] };
  return undefined;
}

/** A question that the gateway's operator puts to a model; no client waits for its answer. */
export interface OwnQuestion {
  /** Its `model` is replaced by the model's own name. */
  chat: ChatRequest;
  /** Whether log-probabilities are wanted, where the server gives them. */
  logprobs: boolean;
  requestId: string;
  signal: AbortSignal;
}

/** Models whose servers have refused log-probabilities. */
const withoutLogprobs = new WeakSet<AskedTier>();

/** Asks a model as it is configured, whatever its server speaks. @throws {UpstreamError} {@link InvalidAnswer} */
export async function askQuestion(model: ServedModel, question: OwnQuestion): Promise<Completion> {
  const { asked, dialect } = model;
  const { chat, requestId, signal } = question;
  const request = commonRequest({ ...chat, model: asked.model });
  const send = (logprobs: boolean): ReturnType<typeof callOnOwn> =>
    callOnOwn(model, (as) => dialect.writeRequest(request, as, { stream: false, logprobs }), {
      requestId,
      signal,
    });
  const wanted = question.logprobs && asked.logprobs !== 'none' && !withoutLogprobs.has(asked);
  const reply = await send(wanted).catch((error: unknown) => {
    const refusal = signal.aborted || !wanted ? undefined : refusalOf(error);
    if (refusal === undefined || !dialect.refusesLogprobs(refusal)) throw error;
    withoutLogprobs.add(asked);
    return send(false);
  });
  return dialect.readWhole(reply.kind === 'whole' ? reply.text : '', asked, 'all').completion;
}
