import type { Attempt } from './attempt.ts';
import { cascade, type ModelCall, type Outcome } from './cascade.ts';
import type { ConfidenceModel } from './confidence/confidence.ts';
import type { RequestView } from './setting.ts';
import type { Policy } from './policy.ts';
import type { PolicyRule } from './rules/rule.ts';

/**
 * Drives a cascade: the only asynchronous code of this folder.
 * @param ask makes a call and answers it with an attempt; it throws only where the request itself has to end, because the
 * client has gone. @param rules the table that the policy's rule is looked up in
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
