import { commonRequest, type ChatRequest, type Completion } from '../protocol/common/chat.ts';
import type { AskedTier } from '../upstream/asked-tier.ts';
import { callOnOwn, refusalOf } from './own-call.ts';
import type { ServedModel } from './served-route.ts';

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
