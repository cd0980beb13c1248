/**
 * Ways of using labels twice, beside one split: what each certified policy costs on questions that nothing has seen.
 *
 *     node bench/certificates.ts FILE a,b[,c] [SPLITS] [SEED]
 *
 * `blocks`: three policies, each tested on the labels after those it was fitted on. `folds`: five, each tested on the fifth
 * that it was not fitted on. Of both a random mix is deployed, and its losses are tested as if the policies were one: for
 * `folds` that is valid asymptotically only (Bayle et al. 2020), see docs/decisions/0011-labels-are-split-once.md.
 */
import { countPairs, isNonInferior } from '../src/calibration/certify.ts';
import { createRandom } from '../src/calibration/random.ts';
import { splitRows } from '../src/learning/draw-rows.ts';
import { mean } from '../src/learning/judge-rows.ts';
import { createLadderTable } from '../src/learning/ladder-table.ts';
import { solveLadder } from '../src/learning/solve-ladder.ts';
import { readTraces } from '../src/traces/read-write.ts';

const [file, names, splits = '16', seed = '41'] = process.argv.slice(2);
if (file === undefined || names === undefined)
  throw new RangeError('usage: node bench/certificates.ts FILE a,b[,c] [SPLITS] [SEED]');
const LABELS = { fit: 800, certify: 1_000 };
const LEVEL = 0.1;

const tiers = names
  .split(',')
  .map((name) => ({ name, model: name, upstream: '', location: 'cloud' as const }));
const { table } = createLadderTable((await readTraces(file)).traces, tiers);
const random = createRandom(Number(seed));

type Part = { fit: number[]; test: number[] };
type Way = (fit: number[], certify: number[]) => Part[];
const WAYS: Record<string, Way> = {
  'one split': (fit, certify) => [{ fit, test: certify }],
  blocks: (fit, certify) => {
    const all = [...fit, ...certify];
    return [600, 1_000, 1_400].map((from) => ({
      fit: all.slice(0, from),
      test: all.slice(from, from + 400),
    }));
  },
  folds: (fit, certify) => {
    const all = [...fit, ...certify];
    const held = (fold: number, row: number): boolean => row % 5 === fold;
    return [0, 1, 2, 3, 4].map((fold) => ({
      fit: all.filter((_, row) => !held(fold, row)),
      test: all.filter((_, row) => held(fold, row)),
    }));
  },
};

/** Cost and loss, on the scored rows, of the last point of the path that passes with every one before it. */
function certified(
  parts: readonly Part[],
  score: readonly number[],
  maxLoss: number,
): { cost: number; loss: number } {
  const members = parts.map(({ fit, test }) => ({ test, solved: solveLadder(table, fit) }));
  const labels = members.reduce((sum, { test }) => sum + test.length, 0);
  const points = members[0]?.solved.parts.path.length ?? 0;
  let chosen: number | undefined;
  for (let point = 0; point < points; point++) {
    const losses = members.flatMap(({ test, solved }) => [...solved.judge(test, point).losses]);
    if (!isNonInferior(countPairs(losses), { maxLoss, level: LEVEL })) break;
    chosen = point;
  }
  if (chosen === undefined) return { cost: 1, loss: 0 };
  let [cost, loss] = [0, 0];
  for (const { test, solved } of members) {
    const judged = solved.judge(score, chosen);
    cost += (judged.relativeCost * test.length) / labels;
    loss += (mean(judged.losses) * test.length) / labels;
  }
  return { cost: Math.min(1, cost), loss };
}

const results = new Map<string, { cost: number; loss: number }[]>();
for (let split = 0; split < Number(splits); split++) {
  const { fit, certify, score } = splitRows(table, LABELS, random);
  for (const [way, partsOf] of Object.entries(WAYS))
    for (const maxLoss of [0.02, 0.05]) {
      const key = `${way}, ${maxLoss}`;
      results.set(key, [...(results.get(key) ?? []), certified(partsOf(fit, certify), score, maxLoss)]);
    }
}

for (const [key, each] of results) {
  const base = results.get(key.replace(/^.*,/, 'one split,')) ?? [];
  const differences = each.map(({ cost }, split) => cost - (base[split]?.cost ?? Number.NaN));
  const spread = mean(differences.map((difference) => (difference - mean(differences)) ** 2));
  const error = Math.sqrt(spread / Math.max(1, differences.length - 1));
  const limit = Number(key.split(', ')[1]);
  const broken = each.filter(({ loss }) => loss > limit).length / each.length;
  process.stdout.write(
    `${key.padEnd(16)} cost ${mean(each.map(({ cost }) => cost)).toFixed(3)}  to one split ${mean(differences).toFixed(3)} ± ${error.toFixed(3)}  broken ${broken.toFixed(2)}\n`,
  );
}
