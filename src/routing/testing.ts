/** For tests: solved policies whose numbers can be worked out on paper, and cascades driven by a script. */
import type { Attempt, AttemptFailure } from './attempt.ts';
import type { ModelCall, Outcome } from './cascade.ts';
import type { Column } from './signals/columns.ts';
import type { ConfidenceModel, StateModel } from './confidence/confidence.ts';
import { drive } from './drive.ts';
import type { RequestView } from './setting.ts';
import type { Policy, RuleData, Tier } from './policy.ts';
import type { Pooled } from './confidence/pooled.ts';
import type { Objective } from './rules/objective.ts';
import type { PathPoint, PriceRule } from './rules/price-rule.ts';

export interface HandMadeOptions {
  /** By tier, the last at the end: what an answer costs, in nano-dollars. */
  tiers: Readonly<Record<string, number>>;
  /** The free signal that the confidence is read from, and how it becomes log-odds. */
  signal: string;
  transform?: Column['transform'];
  /** The paid signal that counts beside it; `pTrue` unless told. */
  paidSignal?: string;
  /** What the paid signals of a tier's answer cost, in nano-dollars; a tier that is not here has none. */
  paid?: Readonly<Record<string, number>>;
  /** What a good answer is worth, from dear to cheap, in nano-dollars. */
  prices?: readonly number[];
  place?: number;
  furthest?: number;
  objective?: Objective;
  /** Log-odds that a group's answers are better, or worse, than their signals say. */
  groups?: Readonly<Record<string, number>>;
}

/**
 * Confidence is the free signal's probability where it is known, and .5 where it is not; the paid signal counts as much.
 * The last tier is right where the answer is wrong. After a tier but the last has been asked or its paid signals bought,
 * the rest is expected to cost a quarter of the last tier.
 */
export function handMade(options: HandMadeOptions): { rule: PriceRule; model: ConfidenceModel } {
  const names = Object.keys(options.tiers);
  const last = names.at(-1) ?? '';
  const rest = (options.tiers[last] ?? 0) / 4;
  const earlier = names.slice(0, -1);
  const elsewhere = (costs: Readonly<Record<string, number>>): PriceRule['askCost'] =>
    Object.fromEntries(Object.entries(costs).map(([tier, cost]) => [tier, { groups: {}, elsewhere: cost }]));
  const continuations: PathPoint['continuations'] = Object.fromEntries(
    ['start', ...earlier, ...earlier.map((tier) => `${tier}+paid`)].flatMap((state) =>
      ['paid', ...earlier].map((action) => [`${state}>${action}`, { shared: [rest], groups: {} }]),
    ),
  );
  const prices = options.prices ?? [1_000_000];
  const free = column(options.signal, options.transform ?? 'logit');
  const answered = stateOf([free], options.groups ?? {});
  const { paidSignal = 'pTrue' } = options;
  const bought = stateOf([free, column(paidSignal, 'logit')], options.groups ?? {});
  const paid = { ...bought, requires: [paidSignal] };
  return {
    rule: {
      kind: 'price',
      objective: options.objective ?? { valueOfGoodAnswerUsd: (prices[0] ?? 0) / 1e9 },
      noisePrice: 0,
      askCost: elsewhere(options.tiers),
      paidCost: elsewhere(options.paid ?? {}),
      startColumns: [],
      path: prices.map((priceOfQuality) => ({ priceOfQuality, continuations })),
      place: options.place ?? 0,
      furthest: options.furthest ?? prices.length - 1,
    },
    model: {
      format: 1,
      name: 'hand-made',
      intercept: 0,
      features: [],
      requires: [],
      tiers: Object.fromEntries(
        earlier.map((tier) => [
          tier,
          options.paid !== undefined && tier in options.paid ? { answered, paid } : { answered },
        ]),
      ),
      evidence: {},
    },
  };
}

function column(signal: string, transform: Column['transform']): Column {
  return { signal, transform, centre: 0, scale: 1 };
}

function stateOf(columns: Column[], groups: Readonly<Record<string, number>>): StateModel {
  const zeros = columns.map(() => 0);
  const pooled = (sign: number): Pooled => ({
    shared: [0, ...columns.map(() => sign)],
    groups: Object.fromEntries(
      Object.entries(groups).map(([group, logOdds]) => [group, [sign * logOdds, ...zeros]]),
    ),
  });
  return {
    columns,
    requires: [],
    acceptable: pooled(1),
    better: pooled(-1),
    worse: { shared: [-20, ...zeros], groups: {} },
  };
}

export const testTier = (name: string, more: Partial<Tier> = {}): Tier => ({
  name,
  model: name,
  upstream: 'local',
  location: 'on-premises',
  ...more,
});

export function testPolicy(
  rule: RuleData,
  tiers: Tier[] = ['small', 'medium', 'large'].map((name) => testTier(name)),
): Policy {
  return { route: 'auto', tiers, rule, onAbstain: 'serve', data: {}, certified: false };
}

/** A request that every tier may answer. */
export const testView = (more: Partial<RequestView> = {}): RequestView => ({
  id: '1',
  group: 'auto',
  features: {},
  u: 0.5,
  inputTokens: 10,
  minTier: 0,
  maxTier: 9,
  ...more,
});

export const failing = (more: Partial<AttemptFailure> = {}): Partial<Attempt> => ({
  failure: { code: 'upstream_error', message: 'it broke', status: 502, ...more },
});

/** The result of a call: unless told otherwise, an answer without signals. */
export function attemptOf({ callId, tier, about }: ModelCall, given: Partial<Attempt> = {}): Attempt {
  const base = { callId, tier, model: 'm', signals: {}, vetoes: [], latencyMs: 1, shown: false };
  return about === undefined ? { ...base, ...given } : { ...base, about, ...given };
}

/** Drives a cascade whose calls have these results, in order. */
export async function runScript(
  policy: Policy,
  model: ConfidenceModel,
  script: readonly Partial<Attempt>[],
  request: RequestView = testView(),
): Promise<Outcome & { calls: ModelCall[] }> {
  const calls: ModelCall[] = [];
  const outcome = await drive(policy, model, request, (call) => {
    calls.push(call);
    return Promise.resolve(attemptOf(call, script[call.callId]));
  });
  return { ...outcome, calls };
}
