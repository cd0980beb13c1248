import assert from 'node:assert/strict';
import { test } from 'node:test';
import { driveRow } from '../../../test/drive-row.ts';
import { changeAttempts, LADDER, makeTraces, policyTiers } from '../../../test/made-traces.ts';
import type { Policy } from '../../routing/policy.ts';
import { versionHash, versionSchema } from '../../routing/version.ts';
import { provesPromise } from './certify-path.ts';
import { mean } from '../table/measure-rows.ts';
import { createLadderTable, type LadderTable } from '../table/ladder-table.ts';
import { tune, type Tuned, type TuneOptions } from './tune.ts';

const PAIR = [LADDER[0], LADDER[2]].flatMap((tier) => tier ?? []);
const tiers = policyTiers(PAIR);
const tableOf = (traces: Parameters<typeof createLadderTable>[0]): LadderTable =>
  createLadderTable(traces, tiers).table;
const traces = makeTraces({ seed: 41, rows: 900, tiers: PAIR, groups: ['a', 'b'] });
const table = tableOf(traces);

const LOSS = { maxQualityLoss: 0.06, certainty: 0.9 };
const options = (objective: TuneOptions['objective'], more: Partial<TuneOptions> = {}): TuneOptions => ({
  route: 'auto',
  tiers: tiers.map(({ name, model }) => ({ name, model })),
  objective,
  seed: 7,
  source: { name: 'traces.jsonl', dates: ['2026-11-01'], scorer: 'exact match' },
  createdAt: '2026-11-24T12:00:00.000Z',
  fitShare: 0.45,
  testShare: 0,
  ...more,
});
const tuned = (objective: TuneOptions['objective'], more?: Partial<TuneOptions>): Tuned =>
  tune(table, options(objective, more));

/** The version as a route would serve it. */
function policyOf({ version }: Tuned): Policy {
  assert.ok(version !== undefined);
  return { route: 'auto', tiers, rule: version.rule, onAbstain: 'serve', data: {}, certified: false };
}
/** What the version does to some rows when the cascade serves it, each at its own coin by default. */
function served(result: Tuned, rows: readonly number[], u?: number): { cost: number; losses: Float64Array } {
  const policy = policyOf(result);
  const model = result.version?.confidenceModel ?? assert.fail();
  const driven = rows.map((row) => driveRow(table, row, policy, model, u === undefined ? {} : { u }));
  return {
    cost: mean(driven.map(({ spent }) => spent)),
    losses: Float64Array.from(
      driven,
      ({ servedTier }, index) =>
        (table.answers[1]?.score[rows[index] ?? -1] ?? NaN) -
        (table.answers[servedTier]?.score[rows[index] ?? -1] ?? NaN),
    ),
  };
}

test('a promised loss gives a certified version, and the certificate says what was measured', () => {
  const result = tuned(LOSS);
  const { certificate, rule, evidence } = result.version ?? assert.fail(result.why);
  assert.ok(certificate !== undefined);
  assert.deepEqual(
    [certificate.promise, certificate.limit, certificate.rows, certificate.test],
    ['loss', 0.06, result.draw.certify.length, 'exact'],
  );
  assert.ok(certificate.pValue <= 0.1);
  assert.match(
    certificate.sentence,
    /^For requests like \[traces\.jsonl, 2026-11-01, \d+ rows\].*at most 6 %/,
  );
  assert.equal(rule.place, rule.furthest);
  assert.ok(typeof evidence['relativeCost'] === 'number' && evidence['relativeCost'] < 1);
});

test('the cascade serves what was certified: the same losses and costs on the same questions', () => {
  const result = tuned(LOSS);
  const { cost, losses } = served(result, result.draw.certify);
  assert.ok(provesPromise(losses, { maxLoss: 0.06, level: 0.1 }, 'exact'));
  assert.equal(mean(losses), result.version?.evidence['loss']);
  const always = mean(result.draw.certify.map((row) => table.answers[1]?.cost[row] ?? NaN));
  assert.ok(Math.abs(cost / always - Number(result.version?.evidence['relativeCost'])) < 1e-9);
});

test('no row that was fitted on certifies, and rows kept for a report do neither', () => {
  const { draw } = tuned(LOSS, { testShare: 0.3 });
  const all = [...draw.fit, ...draw.certify, ...draw.score];
  assert.equal(new Set(all).size, all.length);
  assert.equal(all.length, table.count);
  assert.equal(draw.score.length, 270);
});

test('if conversations are long, rows are still kept for the report', () => {
  const talks = tableOf(traces.map((trace, row) => ({ ...trace, cluster: `c${row % 300}` })));
  const { draw } = tune(talks, options(LOSS, { testShare: 0.3 }));
  assert.ok(draw.score.length >= 270, String(draw.score.length));
  assert.ok(draw.certify.length > 50);
});

test('a version can be written and read again unchanged', () => {
  for (const objective of [LOSS, { budgetUsdPerRequest: 5e-4 }, { valueOfGoodAnswerUsd: 0.002 }]) {
    const { version } = tuned(objective);
    assert.ok(version !== undefined);
    const read = versionSchema.parse(JSON.parse(JSON.stringify(version)));
    assert.equal(versionHash(read), versionHash(version));
    assert.deepEqual(read.rule.objective, objective);
  }
});

test('the same seed gives the same version', () => {
  const [one, two, other] = [tuned(LOSS), tuned(LOSS), tuned(LOSS, { seed: 8 })].map(
    ({ version }) => version,
  );
  assert.deepEqual(one, two);
  assert.notDeepEqual(one, other);
});

test('a budget is met exactly on the certify rows, by a mix of two neighbours', () => {
  const budget = 7e-4;
  const result = tuned({ budgetUsdPerRequest: budget });
  const { rule, certificate } = result.version ?? assert.fail(result.why);
  assert.equal(certificate, undefined);
  const share = rule.place - Math.floor(rule.place);
  const [nearer, further] = [
    served(result, result.draw.certify, 0.999999),
    served(result, result.draw.certify, 0),
  ];
  const cost = ((1 - share) * nearer.cost + share * further.cost) / 1e9;
  assert.ok(Math.abs(cost - budget) < 1e-12, `${cost}`);
  assert.ok(share === 0 || further.cost <= nearer.cost);
  assert.equal(rule.furthest, rule.path.length - 1, 'a pacer may move on to the cheapest');
});

test('a budget that no policy meets is refused, with the cost of the cheapest', () => {
  const { version, why } = tuned({ budgetUsdPerRequest: 1e-6 });
  assert.equal(version, undefined);
  assert.match(
    why ?? '',
    /No policy of this ladder costs as little as \$0\.000001 .* cheapest found costs \$0\.0/,
  );
});

test('the value of a good answer is the price of quality that decides every request', () => {
  const { version, frontier } = tuned({ valueOfGoodAnswerUsd: 0.004 });
  assert.equal(version?.rule.path.length, 1);
  assert.ok(Math.abs((version?.rule.path[0]?.priceOfQuality ?? 0) - 4e6) < 1e-3);
  assert.deepEqual([frontier.points.length, frontier.chosen], [2, 1]);
  const cheap = tuned({ valueOfGoodAnswerUsd: 0.0001 }).version?.evidence['relativeCost'];
  assert.ok(Number(version?.evidence['relativeCost']) > Number(cheap));
});

test('the frontier begins at always-last, and marks the points that passed and the chosen one', () => {
  const { frontier } = tuned(LOSS);
  const [first] = frontier.points;
  assert.deepEqual(
    [first?.relativeCost, first?.loss.value, first?.certified, first?.priceOfQuality],
    [1, 0, true, undefined],
  );
  assert.equal(frontier.points.length, 161);
  assert.ok(frontier.points[frontier.chosen]?.certified);
  const passed = frontier.points.map(({ certified }) => certified);
  assert.equal(passed.lastIndexOf(true), passed.indexOf(false) - 1, 'all that passed stand together');
});

test('if nothing is certified there is no version, and the reason says how many labels are needed', () => {
  const { version, why, furtherLabels } = tuned({ maxQualityLoss: 0.002, certainty: 0.99 });
  assert.equal(version, undefined);
  assert.match(
    why ?? '',
    /^\d+ questions are too few to certify .*0\.002 .*0\.99.*the last tier still answers/,
  );
  assert.ok(furtherLabels === undefined || furtherLabels > 0);
  const little = tune(tableOf(traces.slice(0, 150)), options({ maxQualityLoss: 0.1, certainty: 0.95 }));
  if (little.version === undefined) {
    assert.match(
      little.why ?? '',
      /about \d+ more labelled questions would be enough|No such policy lost little enough/,
    );
    assert.match(little.why ?? '', new RegExp(String(little.furtherLabels ?? 'None')));
  }
});

test('if the rows are too few to certify anything, the reason is their number, not the losses', () => {
  for (const count of [20, 24, 30, 40]) {
    const few = tune(tableOf(traces.slice(0, count)), options({ maxQualityLoss: 0.02, certainty: 0.9 }));
    assert.equal(few.version, undefined);
    assert.match(
      few.why ?? '',
      /questions are too few .*at least 114 to certify on are needed, even if nothing is ever/,
    );
    assert.doesNotMatch(few.why ?? '', /None lost little enough/);
  }
});

test('the number of further labels includes those to fit on, not only those that certify', () => {
  const even = changeAttempts(makeTraces({ seed: 3, rows: 60, tiers: PAIR }), (attempt) => ({
    ...attempt,
    score: 1,
  }));
  const { furtherLabels, draw } = tune(tableOf(even), options({ maxQualityLoss: 0.02, certainty: 0.9 }));
  assert.ok(furtherLabels !== undefined);
  // With nothing ever lost about 115 rows certify (0.98ⁿ ≤ .1), and 55 % of the labels do.
  const needed = ((furtherLabels + 60) * draw.certify.length) / 60;
  assert.ok(needed > 110 && needed < 300, String(needed));
});

test('too few labels are refused, with the least number that the promise needs', () => {
  for (const count of [1, 10, 19])
    assert.throws(
      () => tune(tableOf(traces.slice(0, count)), options({ maxQualityLoss: 0.02, certainty: 0.9 })),
      new RegExp(
        `^RangeError: ${count} labelled questions? (?:is|are) too few.*at least 20.*at least 114 questions to certify.*last tier`,
      ),
    );
  assert.throws(() => tune(tableOf(traces.slice(0, 10)), options({ budgetUsdPerRequest: 1 })), /too few/);
});

test('questions that all belong to one conversation leave none to certify on', () => {
  const talk = tableOf(traces.slice(0, 100).map((trace) => ({ ...trace, cluster: 'one' })));
  assert.throws(
    () => tune(talk, options(LOSS)),
    /100 questions belong to one conversation or prompt: .*none is left/,
  );
});

test('if no policy is cheaper than the last tier, that is the reason', () => {
  const cheap = changeAttempts(traces, (attempt, tier) => ({
    ...attempt,
    costUsd: tier === 'large' ? 1e-5 : 1e-3,
  }));
  const { version, why } = tune(tableOf(cheap), options(LOSS));
  assert.equal(version, undefined);
  assert.match(why ?? '', /No policy of this ladder costs less than always asking the last tier/);
});

test('graded scores are certified by the betting test', () => {
  const graded = tableOf(
    changeAttempts(traces, (attempt, tier) => ({ ...attempt, score: tier === 'large' ? 0.75 : 0.74 })),
  );
  const { version, why } = tune(graded, options(LOSS));
  assert.equal(version?.certificate?.test, 'betting', why);
});

test('if frequent prompts lose more than rare ones, the certificate says that each counts once, and the evidence has the loss of all', () => {
  // One prompt in ten is asked twelve times; of these alone the small model gets some wrong.
  const asked = changeAttempts(traces, (attempt, tier, row) => ({
    ...attempt,
    score: tier === 'small' && row % 60 === 0 ? 0 : 1,
  })).flatMap((trace, row) =>
    row % 10 > 0
      ? [trace]
      : Array.from({ length: 12 }, (_, time) => ({ ...trace, id: `${trace.id}-${time}` })),
  );
  const { version, draw } = tune(tableOf(asked), options(LOSS));
  assert.ok(draw.repeats.length > 0);
  assert.match(version?.certificate?.sentence ?? '', /rows, one of each prompt or conversation\]/);
  const { loss, lossOfEvery } = version?.evidence ?? {};
  assert.ok(typeof loss === 'number' && typeof lossOfEvery === 'number');
  assert.ok(lossOfEvery > loss + 0.01, `${lossOfEvery} ${loss}`);
});

test('if no two questions belong together, the certificate does not mention it', () => {
  const { version } = tuned(LOSS);
  assert.doesNotMatch(version?.certificate?.sentence ?? '', /one of each/);
  assert.equal(version?.evidence['lossOfEvery'], undefined);
});
