/** Made-up records of an audited route: requests of two tiers, with audits and verdicts. */
import { v7 as newId } from 'uuid';
import type { LearnedRoute } from '../src/learning/learner/learned-route.ts';
import type { Policy } from '../src/routing/policy.ts';
import type { AuditAttempt } from '../src/store/contract/learning-rows.ts';
import type { AttemptRow } from '../src/store/contract/outcome-rows.ts';
import type { Batch, Label } from '../src/store/contract/store.ts';
import { attemptRow, auditRow, labelRow, outcomeRow } from '../src/store/testing.ts';
import type { Trace } from '../src/traces/trace.ts';
import { makeTraces } from './made-traces.ts';

/** Small answers are right nearly as often as large ones, which cost twenty times as much. */
const TIERS = [
  { name: 'small', ability: 3, costUsd: 1e-4 },
  { name: 'large', ability: 3.4, costUsd: 2e-3 },
];

const AUDITED_POLICY: Policy = {
  route: 'auto',
  tiers: TIERS.map(({ name }) => ({
    name,
    model: `${name}-model`,
    upstream: 'local',
    location: 'on-premises',
  })),
  rule: { kind: 'last', objective: { maxQualityLoss: 0.1, certainty: 0.9 } },
  onAbstain: 'serve',
  data: {},
  certified: false,
};

export const LEARNED_ROUTE: LearnedRoute = {
  policy: AUDITED_POLICY,
  settings: {
    route: 'auto',
    tiers: AUDITED_POLICY.tiers.map(({ name, model }) => ({ name, model })),
    objective: { maxQualityLoss: 0.1, certainty: 0.9 },
    promote: 'automatic',
    source: 'made-up traffic',
    scorer: 'made-up verdicts',
    runLengths: { requests: 10_000, audits: 1_000 },
  },
};

export interface MadeAudits {
  seed: number;
  count: number;
  /** When the first request came; one a second. */
  fromMs: number;
  /** Which tier the request itself asked; the audit asked the other. */
  asked?: 'small' | 'large';
  /** Small answers are wrong, however confident they are. */
  spoiled?: boolean;
  /** Answers have a cost. */
  priced?: boolean;
  /** Answers have their tokens. */
  tokens?: boolean;
  /** Whether the requests are audited; otherwise only their own answers are there. */
  audited?: boolean;
  /** The small model has little confidence in its answers. */
  unsure?: boolean;
  /** Hash of the version that decided the requests. */
  version?: string;
}

/** Requests that are all audited, with a judge's verdicts, as the store takes them. */
export function madeAudits({
  seed,
  count,
  fromMs,
  asked = 'large',
  spoiled = false,
  priced = true,
  tokens = false,
  audited = true,
  unsure = false,
  version,
}: MadeAudits): Batch {
  const batch: Batch = { outcomes: [], labels: [], audits: [] };
  makeTraces({ seed, rows: count, tiers: TIERS }).forEach((trace, index) => {
    const atMs = fromMs + 1_000 * index;
    const id = newId({ msecs: atMs });
    const { served, further } = rowsOf(trace, id, { asked, priced, tokens, unsure });
    batch.outcomes.push({
      outcome: outcomeRow(id, {
        group: trace.group,
        decision: asked === 'large' ? 'direct' : 'accepted',
        tier: asked,
        createdAtMs: atMs,
        explanation: JSON.stringify({
          request: {
            features: { promptTokens: 20, turns: 1 },
            inputTokens: 20,
            u: 0.5,
            minTier: 0,
            maxTier: 1,
          },
          judgements: [],
          version,
        }),
      }),
      attempts: [served],
    });
    if (!audited) return;
    batch.audits.push(
      auditRow(id, { propensity: 0.25, attempts: JSON.stringify([further]), createdAtMs: atMs }),
    );
    batch.labels.push(
      ...TIERS.map(({ name }): Label =>
        labelRow(id, {
          tier: name,
          source: 'judge',
          verdict: spoiled ? (name === 'large' ? 1 : 0) : (trace.attempts[name]?.score ?? 0),
          propensity: 0.25,
          createdAtMs: atMs,
        }),
      ),
    );
  });
  return batch;
}

function rowsOf(
  trace: Trace,
  id: string,
  { asked, priced, tokens, unsure }: { asked: string; priced: boolean; tokens: boolean; unsure: boolean },
): { served: AttemptRow; further: AuditAttempt } {
  const rows = TIERS.map(({ name, costUsd }): AttemptRow => {
    const { signals = {} } = trace.attempts[name] ?? {};
    return attemptRow(id, 0, {
      tier: name,
      model: `${name}-model`,
      signals: JSON.stringify(signals),
      ...(priced ? { costNanoUsd: costUsd * 1e9 } : {}),
      ...(tokens ? { inputTokens: 100, outputTokens: 20 } : {}),
      served: name === asked,
      ...(signals['answerProb'] === undefined
        ? {}
        : { confidence: signals['answerProb'] * (unsure ? 0.4 : 1) }),
    });
  });
  const [served, other] = rows.toSorted((one) => (one.tier === asked ? -1 : 1));
  if (served === undefined || other === undefined) throw new RangeError('there are two tiers');
  const { outcomeId: _, position: __, served: ___, confidence: ____, ...further } = other;
  return { served, further };
}
