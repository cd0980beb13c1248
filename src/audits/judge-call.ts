import type { AskJudge } from '../learning/labels/judge.ts';
import { fitsContext } from '../routing/tier-obstacle.ts';
import { roughTokens } from '../routing/signals/request-text.ts';
import { adaptRequest } from '../upstream/openai-compatible/adapt-request.ts';
import { createAnswerReader } from '../upstream/openai-compatible/answer-reader.ts';
import { failureOf } from '../request/attempt-failure.ts';
import type { HttpContext, ServedRoute } from '../request/context.ts';
import type { Journey } from '../request/request-state.ts';
import { knownCost, totalCost } from '../request/money.ts';
import { parseReply } from '../upstream/openai-compatible/parse-completion.ts';
import { spentOn, type Spent } from '../request/usage.ts';

/** A verdict is a word; a judge that thinks first needs `params` with a limit of its own. */
const MAX_TOKENS = 1_000;
/** What would change the form of its reply. */
const NOT_FOR_JUDGES: ReadonlySet<string> = new Set(['response_format', 'stop']);

export interface JudgeCall {
  ask: AskJudge;
  /** What its calls came to so far, in nano-dollars; `undefined` where a cost is not known. */
  cost(): number | undefined;
  /** The same as far as it is known. */
  known(): number;
}

/** What a judge's model is asked, but for what its configuration changes of it. */
export function judgeRequest(
  model: string,
  prompt: string,
): { model: string; messages: { role: string; content: string }[]; max_tokens: number; temperature: number } {
  return { model, messages: [{ role: 'user', content: prompt }], max_tokens: MAX_TOKENS, temperature: 0 };
}

/** Asks the judge's model on behalf of a request; it ends with the request's `abort`. */
export function createJudgeCall(context: HttpContext, judge: ServedRoute, journey: Journey): JudgeCall {
  const calls: Spent[] = [];
  const [tier] = judge.tiers;
  const [policyTier] = judge.policy.tiers;
  // A model by itself is a ladder of one tier: this cannot be reached.
  if (tier === undefined || policyTier === undefined) throw new RangeError('a judge is a model');
  return {
    cost: () => totalCost(calls),
    known: () => knownCost(calls),
    async ask(prompt) {
      if (!fitsContext(policyTier, { inputTokens: roughTokens(prompt), maxOutputTokens: MAX_TOKENS }))
        throw new Error(`what it is to compare is too long for the context of '${tier.name}'`);
      try {
        const params = new Map([...tier.params].filter(([name]) => !NOT_FOR_JUDGES.has(name)));
        const request = judgeRequest(tier.model, prompt);
        const { body } = adaptRequest(
          JSON.stringify(request),
          request,
          { ...tier, params },
          { stream: false, logprobs: false },
        );
        const reply = await context.call(tier.upstream, {
          model: tier.model,
          body,
          stream: false,
          requestId: journey.requestId,
          signal: journey.abort.signal,
        });
        // A call that asks for no stream gets none.
        const completion = parseReply(reply.kind === 'json' ? reply.text : '', tier);
        const reader = createAnswerReader();
        reader.add(completion);
        const read = reader.finish();
        calls.push(await spentOn(policyTier, read, () => [prompt], reply.recorded));
        return read.view.text ?? '';
      } catch (error) {
        const { code, unbilled } = failureOf(context, error, journey, tier);
        // It may have been paid for; how much nobody knows.
        if (unbilled !== true) calls.push({});
        // A server's own words may quote what it was sent, which the record may not keep.
        throw new Error(`its model failed (${code})`, { cause: error });
      }
    },
  };
}
