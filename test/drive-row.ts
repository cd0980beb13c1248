import assert from 'node:assert/strict';
import { recordedPaidSignals, type LadderTable } from '../src/learning/table/ladder-table.ts';
import { requestView, toAttempt } from '../src/recordings/replay-attempt.ts';
import { cascade, type Outcome } from '../src/routing/cascade.ts';
import type { RequestView } from '../src/routing/setting.ts';
import type { ConfidenceModel } from '../src/routing/confidence/confidence.ts';
import type { Policy } from '../src/routing/policy.ts';

/** What the cascade makes of one recorded question, asked for answers and paid signals alike. */
export function driveRow(
  table: LadderTable,
  row: number,
  policy: Policy,
  model: ConfidenceModel,
  more: Partial<RequestView> = {},
): { outcome: Outcome; servedTier: number; spent: number } {
  const trace = table.traces[row];
  assert.ok(trace !== undefined);
  const walk = cascade(policy, model, { ...requestView(trace, policy), ...more });
  let spent = 0;
  let step = walk.next();
  while (step.done !== true) {
    const { callId, tier: index, about } = step.value.call;
    const tier = policy.tiers[index];
    assert.ok(tier !== undefined);
    const recorded = trace.attempts[tier.name] ?? {};
    const attempt = { ...toAttempt(recorded, tier, index), callId };
    if (about === undefined) {
      spent += attempt.costNanoUsd ?? NaN;
      step = walk.next({ kind: 'attempt', attempt });
      continue;
    }
    const bought = recordedPaidSignals(recorded);
    const { signals = {}, costNanoUsd } = bought ?? {};
    const failure = { code: 'upstream_error', message: 'none were recorded', status: 502 };
    if (costNanoUsd !== undefined) spent += costNanoUsd;
    step = walk.next({
      kind: 'attempt',
      attempt: {
        ...attempt,
        about,
        vetoes: [],
        signals,
        ...(costNanoUsd === undefined ? { failure } : { costNanoUsd }),
      },
    });
  }
  const outcome = step.value;
  assert.ok(outcome.served !== undefined, outcome.reason);
  return { outcome, servedTier: outcome.served.tier, spent };
}
