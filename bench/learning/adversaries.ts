/**
 * What clients and judges can do to the promise: a simulated route with the real loop, and clients that choose prompts,
 * topics, cuts, images, lengths and cadence; judges that fail on a share that goes with the truth; and changes under these.
 *
 *     node bench/learning/adversaries.ts [--runs N] [--only name,name]
 */
import { parseArgs } from 'node:util';
import { clopperPearson } from '../../src/calibration/tests/certify.ts';
import { testSettings, testTable } from '../../src/learning/loop/testing.ts';
import { mean } from '../../src/learning/table/measure-rows.ts';
import { createChance, type Chance } from '../../test/made-traces.ts';
import {
  simulateRoute,
  trueLoss,
  type SimulatedAnswer,
  type SimulatedRequest,
  type SimulatedRun,
} from '../../test/simulated-route.ts';

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '40' }, only: { type: 'string' } },
});

const POOL = 4_000;
const LIMIT = 0.05;
const LEVEL = 0.1;
const REQUESTS = 3_000;
const CHANGE = 2_000;
/** The share of the requests that one client sends. */
const ITS_SHARE = 0.3;

/** One after the other: as it is, and after the small model has become worse without seeming so. */
const table = testTable({
  rows: 2 * POOL,
  noise: 1.5,
  tiers: [
    { name: 'small', ability: 2.2, costUsd: 1e-4 },
    { name: 'large', ability: 5, costUsd: 2e-3 },
  ],
});
const [small, large] = table.answers.map(({ score }) => score);
const harm = createChance(1);
for (let row = POOL; row < 2 * POOL; row++) if (harm.coin(0.5)) small?.fill(0, row, row + 1);
const isLost = (row: number): boolean => (large?.[row] ?? 0) > (small?.[row] ?? 0);
const rows = Array.from({ length: POOL }, (_, row) => row);
const lostRows = rows.filter(isLost);
const surest = (of: readonly number[]): number[] => {
  const sure = (row: number): number => table.answers[0]?.signals[row]?.['answerProb'] ?? 0;
  return of.toSorted((a, b) => sure(b) - sure(a)).slice(0, Math.ceil(of.length / 4));
};
/** Wrong answers that the small model is sure of, and right ones. */
const traps = surest(lostRows);
const gifts = surest(rows.filter((row) => !isLost(row)));

interface Scenario {
  name: string;
  what: string;
  /** @param isCertified as the header of the answer before said. */
  request(chance: Chance, t: number, isCertified: boolean): SimulatedRequest;
  /** From this request on something is different; absent where the traffic stays what it is. */
  changesAt?: number;
}

const any = (chance: Chance, of: readonly number[] = rows): number =>
  of[Math.floor(of.length * chance.uniform())] ?? 0;
const other = (chance: Chance): SimulatedRequest => ({ row: any(chance), client: 'others' });
/** What one client does with its share of the requests. */
const one =
  (does: (chance: Chance, t: number, isCertified: boolean) => Omit<SimulatedRequest, 'client'>) =>
  (chance: Chance, t: number, isCertified: boolean): SimulatedRequest =>
    chance.coin(ITS_SHARE) ? { client: 'one', ...does(chance, t, isCertified) } : other(chance);
/** A judge that fails with one chance where an answer was lost, and with another where none was. */
const judge =
  (onLost: number, onOthers: number) =>
  (chance: Chance): SimulatedRequest => {
    const request = other(chance);
    return chance.coin(isLost(request.row) ? onLost : onOthers) ? { ...request, lacks: 'verdict' } : request;
  };

const SCENARIOS: readonly Scenario[] = [
  { name: 'honest', what: 'nobody means ill, and the judge works', request: other },
  {
    name: 'prompts',
    what: 'one client asks what the small model gets wrong and is sure of',
    request: one((chance) => ({ row: any(chance, traps) })),
  },
  {
    name: 'topics',
    what: 'one client asks only what is easy',
    request: one((chance) => ({ row: any(chance, gifts) })),
  },
  {
    name: 'repeats',
    what: 'one client repeats ten such questions',
    request: one((chance) => {
      const row = traps[Math.floor(10 * chance.uniform())] ?? 0;
      return { row, cluster: `trap ${row}` };
    }),
  },
  {
    name: 'cuts',
    what: 'one client leaves in the middle of every second answer',
    request: one((chance) => ({
      row: any(chance),
      ...(chance.coin(0.5) ? { lacks: 'answer' as const } : {}),
    })),
  },
  {
    name: 'cuts when wrong',
    what: 'one client leaves in the middle of the answers that are wrong',
    request: one((chance) => {
      const row = any(chance);
      return { row, ...(isLost(row) ? { lacks: 'answer' as const } : {}) };
    }),
  },
  {
    name: 'images',
    what: 'one client sends an image with everything',
    request: one((chance) => ({ row: any(chance, traps), isCovered: false })),
  },
  {
    name: 'lengths',
    what: 'one client writes what takes so long that every third of its audits is dropped',
    request: one((chance) => ({
      row: any(chance),
      ...(chance.coin(1 / 3) ? { lacks: 'answer' as const } : {}),
    })),
  },
  {
    name: 'cadence',
    what: 'one client comes in bursts of 100, in which every second audit is dropped',
    request: (chance, t) =>
      t % 400 < 100
        ? { row: any(chance), client: 'one', ...(chance.coin(0.5) ? { lacks: 'answer' as const } : {}) }
        : other(chance),
  },
  { name: 'judge: half', what: 'the judge fails on half of what was lost', request: judge(0.5, 0) },
  {
    name: 'judge: all',
    what: 'the judge fails on all that was lost, and a twentieth of the rest',
    request: judge(1, 0.05),
  },
  {
    name: 'judge: little',
    what: 'the judge fails on a tenth of what was lost, and one in a hundred of the rest',
    request: judge(0.1, 0.01),
  },
  {
    name: 'judge: by turns',
    what: 'the judge is away for 200 requests of every 800, in which nothing is judged',
    request: (chance, t) => ({ ...other(chance), ...(t % 800 >= 600 ? { lacks: 'verdict' as const } : {}) }),
  },
  {
    name: 'wait and switch',
    what: 'one client asks what is easy while its answers are not certified, and traps while they are',
    request: one((chance, _, isCertified) => ({ row: any(chance, isCertified ? traps : gifts) })),
  },
  {
    name: 'worse model',
    what: 'half of the small model’s answers become wrong',
    request: (chance, t) => (t < CHANGE ? other(chance) : { row: POOL + any(chance), client: 'others' }),
    changesAt: CHANGE,
  },
  {
    name: 'worse model, no judge',
    what: 'the same, and the judge dies at that moment',
    request: (chance, t) =>
      t < CHANGE ? other(chance) : { row: POOL + any(chance), client: 'others', lacks: 'verdict' },
    changesAt: CHANGE,
  },
  {
    name: 'worse model, judge fails on it',
    what: 'the same, and the judge fails on all that was lost',
    request: (chance, t) => {
      if (t < CHANGE) return other(chance);
      const row = POOL + any(chance);
      return { row, client: 'others', ...(isLost(row) ? { lacks: 'verdict' as const } : {}) };
    },
    changesAt: CHANGE,
  },
];

const only = values.only?.split(',');
const runs = Number(values.runs);
console.log(
  '| scenario | certified in | certified a policy that breaks the promise | answered as certified | lost of these: all, others | audits to the first certificate | certified answers after the change, until an alarm |',
);
console.log('|---|---|---|---|---|---|---|');
for (const scenario of SCENARIOS)
  if (only === undefined || only.includes(scenario.name)) console.log(rowOf(scenario));

function rowOf(scenario: Scenario): string {
  const done = Array.from({ length: runs }, (_, seed) => run(scenario, seed));
  const found = done.filter(({ certified }) => certified.size > 0);
  const broken =
    scenario.changesAt === undefined && !scenario.name.startsWith('wait')
      ? done.filter(({ certified }, seed) => {
          const expected = expectedRows(scenario, seed);
          return [...certified].some((version) => trueLoss(table, version, expected) > LIMIT);
        }).length
      : undefined;
  const certified = done.map(({ answers }) => answers.filter((answer) => answer.certified));
  const after =
    scenario.changesAt === undefined
      ? []
      : certified.map(
          (answers, index) => answers.filter(({ t }) => t >= CHANGE && t <= alarmedAt(done[index])).length,
        );
  return [
    '',
    `${scenario.name}: ${scenario.what}`,
    `${found.length} of ${runs}`,
    broken === undefined ? '' : `${broken} (≤ ${figure(clopperPearson(broken, runs, 0.95).upper)})`,
    plusMinus(certified.map((answers) => answers.length / REQUESTS)),
    `${lossOf(certified)}, ${lossOf(certified.map((answers) => answers.filter(({ client }) => client === 'others')))}`,
    quartiles(found.flatMap(({ auditsToFirst }) => auditsToFirst ?? [])),
    quartiles(after),
    '',
  ]
    .join(' | ')
    .trim();
}

/** When the first alarm after the change came. */
function alarmedAt(done: SimulatedRun | undefined): number {
  return done?.events.find(({ kind, t }) => kind === 'alarm' && t >= CHANGE)?.t ?? REQUESTS;
}

function run({ request }: Scenario, seed: number): SimulatedRun {
  const chance = createChance(1_000 + seed);
  return simulateRoute({
    table,
    settings: testSettings({
      objective: { maxQualityLoss: LIMIT, certainty: 1 - LEVEL },
      runLengths: { requests: 60_000, audits: 3_000 },
    }),
    audits: { auditRate: 0.3, startRate: 0.5, closeRate: 0 },
    requests: REQUESTS,
    chance,
    request: (t, isCertified) => request(chance, t, isCertified),
  });
}

/** The rows of many covered requests, one of each conversation: what a certificate speaks of. */
function expectedRows({ request }: Scenario, seed: number): number[] {
  const chance = createChance(9_000 + seed);
  const seen = new Set<string>();
  return Array.from({ length: 4_000 }, (_, t) => request(chance, t, false)).flatMap(
    ({ row, cluster, isCovered = true }) => {
      if (!isCovered || (cluster !== undefined && seen.has(cluster))) return [];
      if (cluster !== undefined) seen.add(cluster);
      return [row];
    },
  );
}

function lossOf(certified: readonly (readonly SimulatedAnswer[])[]): string {
  return plusMinus(
    certified.flatMap((answers) => (answers.length === 0 ? [] : [mean(answers.map(({ loss }) => loss))])),
  );
}

function plusMinus(numbers: readonly number[]): string {
  if (numbers.length === 0) return '–';
  const centre = mean(numbers);
  const variance = mean(numbers.map((value) => (value - centre) ** 2));
  return `${centre.toFixed(3)} ± ${Math.sqrt(variance / Math.max(1, numbers.length - 1)).toFixed(3)}`;
}

/** Median and quartiles. */
function quartiles(numbers: readonly number[]): string {
  const sorted = numbers.toSorted((a, b) => a - b);
  const at = (part: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? NaN;
  return numbers.length === 0 ? '' : `${at(0.5)} (${at(0.25)}–${at(0.75)})`;
}

function figure(value: number): string {
  return value.toFixed(2).replace(/^0\./, '.');
}
