/** Recorded questions as a population that traffic is drawn from: as recorded, and as after a change. */
import { defined } from '../../src/defined.ts';
import { createChance } from '../../test/made-traces.ts';
import { createLadderTable, type LadderTable } from '../../src/learning/table/ladder-table.ts';
import { toAttempt } from '../../src/recordings/replay-attempt.ts';
import type { Attempt } from '../../src/routing/attempt.ts';
import type { Tier } from '../../src/routing/policy.ts';
import { readTraces } from '../../src/traces/read-write.ts';
import type { Trace, TraceAttempt } from '../../src/traces/trace.ts';

/** `replaced`: another model answers behind the first tier's name. `silent`: the same, but with the signals as before. */
export type Variant = 'asRecorded' | 'replaced' | 'silent';
export const VARIANTS: readonly Variant[] = ['asRecorded', 'replaced', 'silent'];

export interface Population {
  tiers: readonly Tier[];
  /** Every question in every variant, one variant after the other. */
  table: LadderTable;
  /** The same with some wrong labels. */
  noisy: LadderTable;
  /** The number of questions in a variant. */
  size: number;
  /** The table row of a question in a variant. */
  rowOf(question: number, variant: Variant): number;
  /** Questions by group. */
  byGroup: ReadonlyMap<string, readonly number[]>;
  /** A tier's answer, as the cascade sees it. */
  attempt(row: number, tier: number): Omit<Attempt, 'callId'>;
}

/** Share of the labels that are wrong in `noisy`. */
export const LABEL_NOISE = 0.05;

export async function readPopulation(
  file: string,
  names: readonly string[],
  worse: string,
): Promise<Population> {
  const { traces } = await readTraces(file);
  const [first = ''] = names;
  const whole = traces.filter(({ attempts }) =>
    [...names, worse].every((name) => attempts[name] !== undefined),
  );
  const variants: Record<Variant, Trace[]> = {
    asRecorded: whole,
    replaced: whole.map((trace) => withFirst(trace, first, '!', (_, other) => ({ ...other }), worse)),
    silent: whole.map((trace) =>
      withFirst(trace, first, '?', (own, { score }) => ({ ...own, ...defined({ score }) }), worse),
    ),
  };
  const tiers = names.map((name): Tier => ({
    name,
    model: name,
    upstream: 'recorded',
    location: 'on-premises',
  }));
  const { table } = createLadderTable(
    VARIANTS.flatMap((variant) => variants[variant]),
    tiers,
  );
  const size = whole.length;
  if (table.count !== VARIANTS.length * size)
    throw new RangeError('questions were left out, so rows and variants do not match');
  const groups = Map.groupBy([...Array(size).keys()], (question) => table.groups[question] ?? '');
  const known = new Map<number, Omit<Attempt, 'callId'>>();
  return {
    tiers,
    table,
    noisy: withNoise(table, LABEL_NOISE),
    size,
    rowOf: (question, variant) => VARIANTS.indexOf(variant) * size + question,
    byGroup: groups,
    attempt(row, tier) {
      const key = row * tiers.length + tier;
      const at = tiers[tier];
      if (at === undefined) throw new RangeError(`there is no tier ${tier}`);
      const attempt = known.get(key) ?? toAttempt(table.traces[row]?.attempts[at.name] ?? {}, at, tier);
      known.set(key, attempt);
      return attempt;
    },
  };
}

function withFirst(
  trace: Trace,
  first: string,
  mark: string,
  change: (own: TraceAttempt, other: TraceAttempt) => TraceAttempt,
  worse: string,
): Trace {
  const own = trace.attempts[first] ?? {};
  const other = trace.attempts[worse] ?? {};
  return {
    ...trace,
    id: `${trace.id}${mark}`,
    attempts: { ...trace.attempts, [first]: change(own, other) },
  };
}

/** The tables with the last tier's cost multiplied by `price`: the true one, and the one with the labels that are seen. */
export function tablesAt(
  { table, noisy }: Population,
  price: number,
  isNoisy: boolean,
): { table: LadderTable; labelled: LadderTable } {
  const priced = (of: LadderTable): LadderTable => (price === 1 ? of : withLastPrice(of, price));
  return { table: priced(table), labelled: priced(isNoisy ? noisy : table) };
}

function withLastPrice(table: LadderTable, factor: number): LadderTable {
  const last = table.answers.length - 1;
  return {
    ...table,
    answers: table.answers.map((answers, tier) =>
      tier === last ? { ...answers, cost: answers.cost.map((cost) => cost * factor) } : answers,
    ),
  };
}

function withNoise(table: LadderTable, share: number): LadderTable {
  const chance = createChance(5);
  return {
    ...table,
    answers: table.answers.map((answers) => ({
      ...answers,
      score: answers.score.map((score) => (chance.coin(share) ? 1 - score : score)),
    })),
  };
}
