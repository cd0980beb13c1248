import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labelRow, outcomeRow } from '../../store/testing.ts';
import type { Decision } from '../../store/contract/store.ts';
import { judgeDisagreement, type JudgeEstimate } from './judge-disagreement.ts';
import { reviewDraw } from '../labels/sources/operator.ts';

type Verdicts = Readonly<Record<string, number>>;

/** A request with what judge and operators said of tiers' answers, one that the review's coin drew or did not. */
function decision(
  { judge = {}, operator = {} }: { judge?: Verdicts; operator?: Verdicts },
  { drawn = true, from = 0 }: { drawn?: boolean; from?: number } = {},
): Decision {
  let number = from;
  while ((reviewDraw(`r${number}`) !== undefined) !== drawn) number += 1;
  const id = `r${number}`;
  const labels = Object.entries({ judge, operator }).flatMap(([source, verdicts]) =>
    Object.entries(verdicts).map(([tier, verdict]) =>
      labelRow(id, { source: source as 'judge' | 'operator', tier, verdict }),
    ),
  );
  return { outcome: outcomeRow(id), attempts: [], labels };
}
const estimate = (...decisions: readonly Decision[]): JudgeEstimate | undefined =>
  judgeDisagreement(decisions, 'large', 0.95);

test('a judge compares an answer with the last tier’s, and an operator gives each of the two a verdict', () => {
  for (const [judge, small, large, distance] of [
    // Better than the last tier's is as good, and both wrong is no worse.
    [1, 1, 0, 0],
    [1, 0, 0, 0],
    [1, 0, 1, 1],
    [0, 0, 1, 0],
    [0, 1, 0, 1],
    [0, 1, 1, 1],
    [0.5, 0, 1, 0.5],
    [0.5, 0.5, 1, 0],
  ] as const) {
    const found = estimate(decision({ judge: { small: judge }, operator: { small, large } }));
    assert.deepEqual([found?.requests, found?.disagreement], [1, distance], `${judge}, ${small}, ${large}`);
  }
});

test('a request counts once, by the mean over its answers with verdicts of both', () => {
  const operator = { small: 0, medium: 0, large: 1 };
  const both = decision({ judge: { small: 1, medium: 0 }, operator });
  assert.equal(estimate(both)?.disagreement, 0.5);
  const agreed = decision({ judge: { small: 0 }, operator }, { from: 500 });
  const found = estimate(both, agreed);
  assert.deepEqual([found?.requests, found?.disagreement], [2, 0.25]);
  const byOneAlone = decision({ judge: { small: 1, tiny: 0 }, operator: { ...operator, huge: 1 } });
  assert.equal(estimate(byOneAlone)?.disagreement, 1);
});

test('the judge’s verdict on the last tier’s own answer does not count', () => {
  const own = decision({ judge: { large: 0, small: 1 }, operator: { small: 1, large: 1 } });
  assert.equal(estimate(own)?.disagreement, 0);
});

test('there is no distance without both verdicts on an answer and the operator’s on the last tier’s', () => {
  const judge = { small: 1 };
  assert.equal(estimate(decision({ judge, operator: { small: 0 } })), undefined);
  assert.equal(estimate(decision({ judge, operator: { large: 1 } })), undefined);
  assert.equal(estimate(decision({ judge, operator: { medium: 1, large: 1 } })), undefined);
  assert.equal(estimate(decision({ operator: { small: 0, large: 1 } })), undefined);
  assert.equal(estimate(), undefined);
});

test('requests that the coin did not draw do not count, because operators see them for being doubtful', () => {
  const verdicts = { judge: { small: 1 }, operator: { small: 0, large: 1 } };
  assert.equal(estimate(decision(verdicts, { drawn: false })), undefined);
});
