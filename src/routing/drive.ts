import type { Attempt } from './attempt.ts';
import { cascade, type ModelCall, type Outcome } from './cascade.ts';
import type { ConfidenceModel } from './confidence/confidence.ts';
import type { RequestView } from './judgement.ts';
import type { Policy } from './policy.ts';
import type { PolicyRule } from './rules/rule.ts';

/**
 * Drives a cascade: the only asynchronous code of this folder. What makes the calls is passed in; it answers every call
 * with an attempt and throws only where the request itself is to end (the client has gone).
 */
export async function drive(
  policy: Policy,
  model: ConfidenceModel,
  request: RequestView,
  ask: (call: ModelCall) => Promise<Attempt>,
  rules?: readonly PolicyRule[],
): Promise<Outcome> {
  const walk = cascade(policy, model, request, rules);
  let step = walk.next();
  while (step.done !== true) step = walk.next({ kind: 'attempt', attempt: await ask(step.value.call) });
  return step.value;
}
