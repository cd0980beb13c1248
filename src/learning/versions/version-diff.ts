import { defined } from '../../defined.ts';
import type { StateModel } from '../../routing/confidence/confidence.ts';
import type { Pooled } from '../../routing/confidence/pooled.ts';
import type { PriceRule } from '../../routing/rules/price-rule.ts';
import { versionHash, type Certificate, type Version } from '../../routing/version.ts';

/** A number that changed; `before` is absent where it is new, `after` where it was removed. */
export interface NumberChange {
  name: string;
  before?: number;
  after?: number;
}

/** How one version differs from another. Lists have only what changed, the largest change first. */
export interface VersionDiff {
  from: string;
  to: string;
  objective: { before: PriceRule['objective']; after: PriceRule['objective'] };
  tiers: { before: Version['tiers']; after: Version['tiers'] };
  /** What one more acceptable answer is worth, in nano-dollars. */
  priceOfQuality: { before: number; after: number };
  /** Position on the path, and how many points the path has. */
  place: { before: number; after: number; pointsBefore: number; pointsAfter: number };
  certificate: { before?: Certificate; after?: Certificate };
  /** Figures of the evidence, in its own order. */
  evidence: NumberChange[];
  /** In nano-dollars: of calls by group, and of what is expected to follow an action in each state. */
  costs: NumberChange[];
  /** The shared coefficients, by state and what is predicted there. */
  coefficients: { state: string; predicts: string; changes: NumberChange[] }[];
}

export function diffVersions(before: Version, after: Version): VersionDiff {
  return {
    from: versionHash(before),
    to: versionHash(after),
    objective: { before: before.rule.objective, after: after.rule.objective },
    tiers: { before: before.tiers, after: after.tiers },
    priceOfQuality: { before: priceAt(before.rule), after: priceAt(after.rule) },
    place: {
      before: before.rule.place,
      after: after.rule.place,
      pointsBefore: before.rule.path.length,
      pointsAfter: after.rule.path.length,
    },
    certificate: {
      ...defined({ before: before.certificate, after: after.certificate }),
    },
    evidence: changes(evidenceFigures(before.evidence), evidenceFigures(after.evidence)),
    costs: changes(costsOf(before.rule), costsOf(after.rule)).toSorted(byRatio),
    coefficients: coefficientChanges(before, after),
  };
}

/** The figures of a piece of evidence, by their path in it: `test.loss`. */
export function evidenceFigures(
  evidence: Readonly<Record<string, unknown>>,
  prefix = '',
): Map<string, number> {
  const figures = Object.entries(evidence).flatMap(([key, value]): [string, number][] => {
    if (typeof value === 'number') return [[prefix + key, value]];
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
    return [...evidenceFigures(value as Record<string, unknown>, `${prefix}${key}.`)];
  });
  return new Map(figures);
}

/** The price of quality at the version's position. Between two points, the mean weighted by how often each is taken. */
export function priceAt({ path, place, furthest }: PriceRule): number {
  const held = Math.min(place, furthest, path.length - 1);
  const low = Math.floor(held);
  const at = (index: number): number => path[Math.min(index, path.length - 1)]?.priceOfQuality ?? 0;
  return at(low) + (held - low) * (at(low + 1) - at(low));
}

function costsOf(rule: PriceRule): Map<string, number> {
  const costs = new Map<string, number>();
  for (const [what, calls] of [
    ['asking', rule.askCost],
    ['the paid signals of', rule.paidCost],
  ] as const) {
    for (const [tier, { groups, elsewhere }] of Object.entries(calls)) {
      if (elsewhere !== undefined) costs.set(`${what} ${tier}, elsewhere`, elsewhere);
      for (const [group, cost] of Object.entries(groups)) costs.set(`${what} ${tier}, group ${group}`, cost);
    }
  }
  const point = rule.path[Math.floor(Math.min(rule.place, rule.furthest, rule.path.length - 1))];
  for (const [stateAndAction, { shared }] of Object.entries(point?.continuations ?? {})) {
    const [state = '', action = ''] = stateAndAction.split('>');
    const step = action === 'paid' ? 'the paid signals' : action;
    costs.set(`what follows ${step} after ${state}`, shared[0] ?? 0);
  }
  return costs;
}

function coefficientChanges(before: Version, after: Version): VersionDiff['coefficients'] {
  const [was, is] = [before.confidenceModel.tiers ?? {}, after.confidenceModel.tiers ?? {}];
  return [...new Set([...Object.keys(was), ...Object.keys(is)])].flatMap((tier) =>
    (['answered', 'paid'] as const).flatMap((state) =>
      (['acceptable', 'better', 'worse'] as const).flatMap((predicts) => {
        const found = changes(
          coefficientsOf(was[tier]?.[state], predicts),
          coefficientsOf(is[tier]?.[state], predicts),
        ).toSorted((a, b) => changeSize(b) - changeSize(a));
        const name = state === 'paid' ? `${tier}+paid` : tier;
        return found.length === 0 ? [] : [{ state: name, predicts, changes: found }];
      }),
    ),
  );
}

function coefficientsOf(
  model: StateModel | undefined,
  predicts: 'acceptable' | 'better' | 'worse',
): Map<string, number> {
  if (model === undefined) return new Map();
  const { shared }: Pooled = model[predicts];
  const names = ['intercept', ...model.columns.map(({ signal, transform }) => `${signal} (${transform})`)];
  return new Map(names.map((name, index) => [name, shared[index] ?? 0]));
}

function changes(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): NumberChange[] {
  return [...new Set([...after.keys(), ...before.keys()])]
    .map((name): NumberChange => ({
      name,
      ...defined({ before: before.get(name), after: after.get(name) }),
    }))
    .filter((change) => change.before !== change.after);
}

/** How much a number has changed; an absent number counts as 0. */
export function changeSize({ before = 0, after = 0 }: NumberChange): number {
  return Math.abs(after - before);
}

/** Costs differ by orders of magnitude, so changes are compared by ratio. */
function byRatio(a: NumberChange, b: NumberChange): number {
  const ratio = ({ before, after }: NumberChange): number =>
    before === undefined || after === undefined
      ? Infinity
      : Math.abs(after - before) / Math.max(1, Math.abs(before));
  const [one, other] = [ratio(a), ratio(b)];
  return one === other ? 0 : other - one;
}
