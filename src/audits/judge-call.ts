import { defined } from '../defined.ts';
import { inFull } from '../errors.ts';
import type { AskJudge } from '../learning/labels/judge.ts';
import { commonRequest } from '../protocol/common/chat.ts';
import { attemptFailure } from '../request/attempt-failure.ts';
import { callOnOwn } from '../request/own-call.ts';
import type { CallContext } from '../request/request-context.ts';
import { spendingOf, totalCost, type Spent } from '../request/costs/cost.ts';
import { mostCost, worstCost } from '../request/costs/worst-cost.ts';
import type { RequestState } from '../request/request-state.ts';
import type { ServedRoute, ServedTier } from '../request/served-route.ts';
import type { JudgeFacts } from '../routing/judge-obstacle.ts';
import type { AnswerView } from '../routing/checks/expectations.ts';
import { fitsContext } from '../routing/tier-obstacle.ts';
import { roughTokens } from '../routing/signals/request-text.ts';
import { createAnswerReader } from '../upstream/answer-reader.ts';
import { withinStack } from '../upstream/within-stack.ts';

/** Enough for a verdict of one word. A judge that thinks first needs a higher limit in its `params`. */
const MAX_TOKENS = 1_000;
/** Parameters that would change the form of the reply. */
const NOT_FOR_JUDGES: ReadonlySet<string> = new Set(['response_format', 'stop']);

/** The marks around the texts in a judge's prompt, in tokens. */
const FENCE_TOKENS = 100;

/** What is known of a judge before it is asked. @param prompt the template of its prompt. */
export function judgeFacts({ tier, asked }: Pick<ServedTier, 'tier' | 'asked'>, prompt: string): JudgeFacts {
  const { location, contextTokens } = tier;
  const promptTokens = roughTokens(prompt) + FENCE_TOKENS;
  return defined({ location, contextTokens, promptTokens, replyTokens: replyTokens(asked) });
}

/** The most tokens of a judge's reply, as its model is configured. */
function replyTokens({ params }: Pick<ServedTier['asked'], 'params'>): number {
  const limits = ['max_tokens', 'max_completion_tokens'].map((name) => Number(params.get(name)));
  return Math.max(...limits.filter((limit) => limit >= 1), 0) || MAX_TOKENS;
}

export interface JudgeCall {
  ask: AskJudge;
  /** The cost of its calls so far, in nano-dollars; `undefined` if the cost of one is not known. */
  cost(): number | undefined;
  /** What they count for in a budget: the worst case of those whose cost is not known. */
  most(): number;
}

/** The request to a judge's model, before its configured parameters are applied. */
export function judgeRequest(
  model: string,
  prompt: string,
): { model: string; messages: { role: string; content: string }[]; max_tokens: number; temperature: number } {
  return { model, messages: [{ role: 'user', content: prompt }], max_tokens: MAX_TOKENS, temperature: 0 };
}

/** Asks the judge's model on behalf of a request; it ends with the request's `abort`. */
export function createJudgeCall(
  { log }: Pick<CallContext, 'log'>,
  judge: ServedRoute,
  state: RequestState,
): JudgeCall {
  const calls: Spent[] = [];
  const [served] = judge.tiers;
  // A model by itself is a ladder of one tier: this cannot be reached.
  if (served === undefined) throw new RangeError('a judge is a model');
  const { tier, asked, dialect } = served;
  return {
    cost: () => totalCost(calls),
    most: () => mostCost(calls),
    async ask(prompt) {
      const size = { inputTokens: roughTokens(prompt), maxOutputTokens: replyTokens(asked) };
      if (!fitsContext(tier, size))
        throw new Error(`what it is to compare is too long for the context of '${tier.name}'`);
      let said: AnswerView;
      try {
        const params = new Map([...asked.params].filter(([name]) => !NOT_FOR_JUDGES.has(name)));
        const question = commonRequest(judgeRequest(asked.model, prompt));
        const reply = await callOnOwn(
          served,
          (as) => dialect.writeRequest(question, { ...as, params }, { stream: false, logprobs: false }),
          { requestId: state.asked.requestId, signal: state.abort.signal },
        );
        // A call that asks for no stream gets none.
        const { completion } = withinStack(asked.upstream, () =>
          dialect.readWhole(reply.kind === 'whole' ? reply.text : '', asked, 'all'),
        );
        const reader = createAnswerReader();
        reader.add(completion);
        const read = reader.finish();
        calls.push(await spendingOf(tier, read, () => [prompt], reply.recorded));
        said = read.view;
      } catch (error) {
        const { code, unbilled, scrubbed } = attemptFailure(log, error, state, asked, [prompt]);
        // It may have been paid for; how much is not known.
        if (unbilled !== true) calls.push(defined({ worstNanoUsd: worstCost(tier, size) }));
        // What the server said of what it was sent, the record may not keep.
        const why = inFull({ message: `its model failed (${code}).`, ...defined({ said: scrubbed }) });
        throw new Error(why, { cause: error });
      }
      // A reply that was cut off, filtered or turned into a call may begin like a verdict that it would have taken back.
      if (said.finishReason !== 'stop' || said.toolCalls.length > 0 || said.refusal !== undefined)
        throw new Error(`its reply did not end by itself (finish_reason: ${shortReason(said.finishReason)})`);
      return said.text ?? '';
    },
  };
}

/** A server's word for why an answer ended, which may be anything. */
function shortReason(reason = 'none'): string {
  return /^[\w-]{1,30}$/.test(reason) ? reason : 'unknown';
}
