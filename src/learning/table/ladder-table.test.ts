import assert from 'node:assert/strict';
import { test } from 'node:test';
import { policyTiers } from '../../../test/made-traces.ts';
import type { Trace, TraceAttempt } from '../../traces/trace.ts';
import { createLadderTable, recordedPaidSignals, tooFewQuestions } from './ladder-table.ts';

const tiers = policyTiers([{ name: 'small' }, { name: 'large' }]);
const answer = (more: TraceAttempt = {}): TraceAttempt => ({ answer: 'x', score: 1, costUsd: 1e-6, ...more });
const trace = (id: string, small: TraceAttempt, large: TraceAttempt, more: Partial<Trace> = {}): Trace => ({
  id,
  group: 'g',
  prompt: id,
  attempts: { small, large },
  ...more,
});

test('a question without some tier’s answer or score is left out, and counted', () => {
  const { score: _, ...unscored } = answer();
  const { table, leftOut } = createLadderTable(
    [
      trace('a', answer(), answer()),
      { id: 'b', group: 'g', attempts: { small: answer() } },
      trace('c', answer(), unscored),
      trace('d', unscored, answer()),
    ],
    tiers,
  );
  assert.deepEqual(table.ids, ['a']);
  assert.deepEqual(leftOut, { incomplete: 1, unscored: 2, tooLong: 0 });
});

test('a last tier without scores counts as right, and the table says so', () => {
  const { score: _, ...unscored } = answer();
  const { table } = createLadderTable([trace('a', answer({ score: 0 }), unscored)], tiers);
  assert.deepEqual([table.answers[0]?.score[0], table.answers[1]?.score[0]], [0, 1]);
  assert.equal(table.lastLabelled, false);
});

test('a question that does not fit into the context of a tier is left out: a request like it would skip that tier', () => {
  const short = tiers.map((tier, index) => (index === 0 ? { ...tier, contextTokens: 20 } : tier));
  const { table, leftOut } = createLadderTable(
    [
      trace('a', answer(), answer()),
      trace('b', answer(), answer(), { prompt: 'long '.repeat(40) }),
      trace('c', answer(), answer(), { maxTokens: 30 }),
    ],
    short,
  );
  assert.deepEqual([table.ids, leftOut.tooLong], [['a'], 2]);
});

test('an unknown cost is an error that says what to do, unless there are relative prices', () => {
  const { costUsd: _, ...free } = answer();
  assert.throws(
    () => createLadderTable([trace('a', free, answer())], tiers),
    /small to 'a' has no cost.*--prices/,
  );
  const { table } = createLadderTable([trace('a', free, answer())], tiers, { prices: [0.05, 1] });
  assert.deepEqual([table.answers[0]?.cost[0], table.answers[1]?.cost[0]], [5e7, 1_000]);
});

test('more signals than can be fitted are an error, not a fit without end', () => {
  const many = (count: number): Trace =>
    trace(
      'a',
      { ...answer(), signals: Object.fromEntries([...Array(count).keys()].map((i) => [`s${i}`, 0.5])) },
      answer(),
    );
  assert.throws(() => createLadderTable([many(101)], tiers), /small have 101 different signals; at most 100/);
  assert.equal(createLadderTable([many(100)], tiers).table.count, 1);
});

test('rows of one cluster, or of one prompt, share a number', () => {
  const { table } = createLadderTable(
    [
      trace('a', answer(), answer(), { cluster: 'x' }),
      trace('b', answer(), answer(), { cluster: 'x' }),
      trace('c', answer(), answer(), { prompt: 'x' }),
      trace('d', answer(), answer(), { prompt: 'x' }),
      trace('e', answer(), answer(), { prompt: 'x', system: 'else' }),
      { id: 'f', group: 'g', attempts: { small: answer(), large: answer() } },
      { id: 'g', group: 'g', attempts: { small: answer(), large: answer() } },
    ],
    tiers,
  );
  const [a, b, c, d, e, f, g] = table.clusters;
  assert.equal(a, b);
  assert.equal(c, d);
  assert.equal(new Set([a, c, e, f, g]).size, 5);
});

test('an answer that no schema could judge fails a check, but for the last tier, which serves it all the same', () => {
  const unjudged = answer({ vetoes: ['schema_not_judged'] });
  const { table } = createLadderTable([trace('a', unjudged, unjudged)], tiers);
  assert.deepEqual(
    table.answers.map(({ failedChecks }) => failedChecks[0]),
    [1, 0],
  );
});

test('failed checks are counted, and paid signals are kept apart with their total cost', () => {
  const bad = answer({ answer: '', finish: 'length' });
  const asked = answer({
    paidSignals: { p: { value: 0.5, costUsd: 1e-6 }, q: { value: 0.1, costUsd: 2e-6 } },
  });
  const { table } = createLadderTable([trace('a', bad, answer()), trace('b', asked, answer())], tiers);
  assert.deepEqual([...(table.answers[0]?.failedChecks ?? [])], [2, 0]);
  assert.deepEqual(table.answers[0]?.paid, [undefined, { p: 0.5, q: 0.1 }]);
  assert.deepEqual([...(table.answers[0]?.paidCost ?? [])].map(Math.round), [NaN, 3_000]);
  assert.equal(
    recordedPaidSignals({ paidSignals: { p: { value: 1 }, q: { value: 1, costUsd: 1 } } })?.costNanoUsd,
    undefined,
  );
  assert.equal(recordedPaidSignals({ paidSignals: {} }), undefined);
});

test('the message for too few questions is grammatical for one and for several', () => {
  assert.equal(
    tooFewQuestions(1, 'to fit a policy on'),
    '1 labelled question is too few to fit a policy on: at least 20 are needed.',
  );
  assert.match(tooFewQuestions(0, 'to fit a policy on'), /^0 labelled questions are too few/);
  assert.match(tooFewQuestions(19, 'to fit a policy on'), /^19 labelled questions are too few/);
});
