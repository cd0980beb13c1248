/**
 * Searches the demonstration's thresholds: `node demo/thresholds.ts`. They are chosen on the questions with `split: fit`
 * alone; their results on `split: test` are printed beside.
 */
import { fileURLToPath } from 'node:url';
import { demonstrationConfig } from '../src/cli/common/demonstration.ts';
import { createResolver } from '../src/config/resolve.ts';
import { replay, type ReplayReport } from '../src/recordings/replay.ts';
import type { Policy } from '../src/routing/policy.ts';
import { readTraces } from '../src/traces/read-write.ts';
import type { Trace } from '../src/traces/trace.ts';

const GRID = Array.from({ length: 13 }, (_, step) => Number((0.3 + 0.05 * step).toFixed(2)));
/** How much lower the mean score may be than if the last tier is always asked. */
const LOSSES = [0.01, 0.02, 0.05];

export interface Choice {
  thresholds: readonly number[];
  report: ReplayReport;
}

/** The demonstration's own route, with other thresholds. */
export function demonstrationPolicy(): Policy {
  const policy = createResolver(demonstrationConfig('.'), { now: new Date(0) }).routes.get('auto');
  if (policy === undefined) throw new Error('the demonstration has no route auto');
  return policy;
}

export function withThresholds(policy: Policy, thresholds: readonly number[]): Policy {
  return { ...policy, rule: { kind: 'thresholds', thresholds, withoutConfidence: 'escalate' } };
}

/** Every pair of thresholds on the grid, replayed over these questions. */
export function replayGrid(
  policy: Policy,
  traces: readonly Trace[],
  grid: readonly number[] = GRID,
): Choice[] {
  return grid.flatMap((first) =>
    grid.map((second) => {
      const thresholds = [first, second];
      return { thresholds, report: replay(withThresholds(policy, thresholds), traces) };
    }),
  );
}

/** The cheapest whose mean score is at most `loss` below always asking the last tier; `undefined` if there is none. */
export function cheapest(choices: readonly Choice[], loss: number): Choice | undefined {
  const allowed = choices.filter(({ report }) => (report.qualityLoss ?? Infinity) <= loss);
  return allowed.toSorted(
    (a, b) => (a.report.relativeCost ?? Infinity) - (b.report.relativeCost ?? Infinity),
  )[0];
}

if (import.meta.main) {
  const { traces } = await readTraces(fileURLToPath(new URL('traces.jsonl.gz', import.meta.url)), {
    strict: true,
  });
  const policy = demonstrationPolicy();
  const choices = replayGrid(
    policy,
    traces.filter(({ split }) => split === 'fit'),
  );
  const unseen = traces.filter(({ split }) => split === 'test');
  const line = (name: string, { relativeCost = NaN, qualityLoss = NaN }: ReplayReport): string =>
    `${name}: cost ${relativeCost.toFixed(2)} of what always asking large costs, score ${qualityLoss.toFixed(3)} lower`;
  for (const loss of LOSSES) {
    const found = cheapest(choices, loss);
    console.log(`loss at most ${loss}: ${found?.thresholds.join(', ') ?? 'no thresholds'}`);
    if (found === undefined) continue;
    console.log(line('  fit ', found.report));
    console.log(line('  test', replay(withThresholds(policy, found.thresholds), unseen)));
  }
}
