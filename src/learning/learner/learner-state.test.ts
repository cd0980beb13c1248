import assert from 'node:assert/strict';
import { test } from 'node:test';
import { v7 as newId } from 'uuid';
import { LEARNED_ROUTE } from '../../../test/made-audits.ts';
import type { Policy } from '../../routing/policy.ts';
import { startLoop } from '../loop/loop.ts';
import { askedChanges, changesOf, idAt, readLearnerState, tiersOf } from './learner-state.ts';

test('a moment stands between the ids that came before it and those that came later', () => {
  for (const atMs of [1, 1_700_000_000_000, 1_700_000_000_001, 2 ** 41]) {
    const [before, after] = [newId({ msecs: atMs - 1 }), newId({ msecs: atMs })];
    assert.ok(before < idAt(atMs) && idAt(atMs) < after, `${before} < ${idAt(atMs)} < ${after}`);
  }
});

const tiers = [
  { name: 'small', model: 's', price: { input: 100, output: 400 } },
  { name: 'large', model: 'l' },
];

test('what did not change is no change', () => {
  assert.deepEqual(changesOf(tiers, structuredClone(tiers)), []);
});

test('another model, another price and other tiers are said, each with what it was', () => {
  const [small, large] = tiers;
  assert.ok(small !== undefined && large !== undefined);
  const now = [
    { ...small, price: { input: 100, output: 200 } },
    { ...large, model: 'xl' },
  ];
  assert.deepEqual(changesOf(tiers, now), [
    { what: 'model', message: "The model of large changed from 'l' to 'xl'." },
    {
      what: 'price',
      message:
        'The price of small changed from 0.1 USD for a million tokens in and 0.4 out to 0.1 USD for a million tokens in and 0.2 out.',
    },
  ]);
  assert.deepEqual(changesOf(tiers, [small]), [
    { what: 'model', message: 'The tiers are small now; they were small → large.' },
  ]);
});

test('another promise and other judges are said; how tests are run is no change', () => {
  const asked = { objective: { maxQualityLoss: 0.02, certainty: 0.9 }, scorer: 'the judge kim' };
  assert.deepEqual(askedChanges(asked, structuredClone(asked)), []);
  assert.deepEqual(askedChanges(undefined, asked), [], 'it was not noted yet');
  assert.deepEqual(
    askedChanges(asked, { objective: { maxQualityLoss: 0.05, certainty: 0.95 }, scorer: 'the judge lee' }),
    [
      {
        what: 'promise',
        message: 'A loss of at most 0.05 is promised now, with certainty 0.95; it was 0.02, with 0.9.',
        levelRatio: (1 - 0.95) / (1 - 0.9),
      },
      { what: 'model', message: 'Answers are judged by the judge lee now; it was the judge kim.' },
    ],
  );
});

test('other parameters of a tier are a change of its model, and their values are not said', () => {
  const policy = (seed: number): Policy => ({
    ...LEARNED_ROUTE.policy,
    tiers: LEARNED_ROUTE.policy.tiers.map((tier, index) =>
      index === 0 ? { ...tier, asking: { params: { seed, user: 'ada' }, dropParams: [] } } : tier,
    ),
  });
  assert.deepEqual(changesOf(tiersOf(policy(1)), tiersOf(policy(1))), []);
  for (const before of [policy(2), LEARNED_ROUTE.policy])
    assert.deepEqual(changesOf(tiersOf(before), tiersOf(policy(1))), [
      { what: 'model', message: 'The parameters that small is asked with have changed.' },
    ]);
  assert.doesNotMatch(JSON.stringify(tiersOf(policy(1))), /ada/);
});

test('a judge of the same name is another one where its model, its parameters or its prompt changed', () => {
  const objective = { maxQualityLoss: 0.02, certainty: 0.9 };
  const asked = (judge?: { model: string; asked?: string; server?: string; prompt: string }) => ({
    objective,
    scorer: 'the judge kim',
    ...(judge === undefined ? {} : { judge }),
  });
  const before = { model: 'k', asked: 'a', server: 's', prompt: 'p' };
  const changes = (now: typeof before) =>
    askedChanges(asked(before), asked(now)).map(({ what, message }) => `${what}: ${message}`);
  assert.deepEqual(changes({ ...before }), []);
  assert.deepEqual(changes({ ...before, model: 'l' }), [
    "model: The model of the judge changed from 'k' to 'l'.",
  ]);
  assert.deepEqual(changes({ ...before, asked: 'b' }), [
    'model: The parameters that the judge is asked with have changed.',
  ]);
  assert.deepEqual(changes({ ...before, prompt: 'q' }), ["model: The judge's prompt has changed."]);
  assert.deepEqual(changes({ ...before, server: 't' }), [
    'model: The judge is asked at another address now.',
  ]);
  const { server: _, ...unknown } = before;
  assert.deepEqual(askedChanges(asked(unknown), asked(before)), [], 'where it was is not known');
  assert.deepEqual(askedChanges(asked(), asked(before)), [], 'it was not noted yet');
});

test('a tier that is asked at another address is another model, whatever its name', () => {
  const asked = (servers?: Record<string, string>) => ({
    objective: { maxQualityLoss: 0.02, certainty: 0.9 },
    scorer: 'the judge kim',
    ...(servers === undefined ? {} : { servers }),
  });
  const before = { small: 'a', large: 'b' };
  assert.deepEqual(askedChanges(asked(before), asked({ ...before })), []);
  assert.deepEqual(askedChanges(asked(before), asked({ small: 'c', large: 'b' })), [
    { what: 'model', message: 'small is asked at another address now.' },
  ]);
  assert.deepEqual(askedChanges(asked(), asked(before)), [], 'it was not noted yet');
  // That there are others is said of the tiers themselves.
  assert.deepEqual(askedChanges(asked(before), asked({ small: 'a', medium: 'c', large: 'b' })), []);
});

test('what an earlier Weir kept is gone on from, its detectors begin anew; of a later one nothing is read', () => {
  const read = { audit: 7, request: idAt(5), tiers: [], answering: {} };
  const epoch = { ...startLoop(5).epoch, certified: true };
  const { rang: _, ...now } = { ...startLoop(5), epoch, read };
  const before = { ...now, format: 1, watch: { usual: { requests: 9 }, lossRun: 3 } };
  const after = readLearnerState(JSON.stringify(before));
  assert.deepEqual(after, { ...startLoop(5), epoch, read });
  assert.deepEqual(readLearnerState(JSON.stringify(after)), JSON.parse(JSON.stringify(after)));
  assert.equal(readLearnerState(JSON.stringify({ ...now, format: 3 })), undefined);
});
