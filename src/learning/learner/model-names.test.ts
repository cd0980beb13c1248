import assert from 'node:assert/strict';
import { test } from 'node:test';
import { attemptRow, auditRow } from '../../store/testing.ts';
import { namedAnswers, observeModelName, type ModelNames } from './model-names.ts';

/** Observes answers in turn. @returns at which answers a change was noticed, and the former name. */
function observe(answers: readonly string[]): {
  noticed: [number, string][];
  answering: ModelNames | undefined;
} {
  let answering: ModelNames | undefined;
  const noticed: [number, string][] = [];
  answers.forEach((by, index) => {
    const { now, was } = observeModelName(answering, by);
    answering = now;
    if (was !== undefined) noticed.push([index, was]);
  });
  return { noticed, answering };
}
const times = (count: number, ...names: string[]): string[] =>
  Array.from({ length: count }, (_, index) => names[index % names.length] ?? '');

test('another model is noticed after twenty answers of its own, once', () => {
  assert.deepEqual(observe([...times(100, 'old'), ...times(300, 'new')]).noticed, [[119, 'old']]);
  assert.deepEqual(observe([...times(100, 'old'), ...times(19, 'new'), ...times(100, 'old')]).noticed, []);
});

test('a model that comes back is not noticed again', () => {
  const there = [...times(100, 'old'), ...times(50, 'new')];
  assert.equal(observe([...there, ...times(100, 'old'), ...times(100, 'new')]).noticed.length, 1);
});

test('a server that alternates between builds has not changed', () => {
  assert.deepEqual(observe(times(1_000, 'a', 'b', 'c')).noticed, []);
});

test('the share of other names is watched: one old answer in between hides no change', () => {
  const mostly = Array.from({ length: 200 }, (_, index) => (index % 20 === 10 ? 'old' : 'new'));
  assert.deepEqual(observe([...times(100, 'old'), ...mostly]).noticed, [[121, 'old']]);
  const third = observe([...times(100, 'a', 'b'), ...times(500, 'a', 'c', 'b')]).noticed;
  assert.equal(third.length, 1, 'a third of the answers is a change');
  const tenth = Array.from({ length: 2_000 }, (_, index) => (index % 10 === 0 ? 'c' : 'a'));
  assert.deepEqual(observe([...times(100, 'a'), ...tenth]).noticed, [], 'a trial on a tenth is none');
});

test('a name that was rare at first is not usual', () => {
  const trial = [...times(95, 'old'), ...times(5, 'new'), ...times(400, 'old')];
  assert.deepEqual(observe([...trial, ...times(100, 'new')]).noticed, [[519, 'old']]);
});

test('a server that names another build for each answer is never noticed', () => {
  const { noticed, answering } = observe(Array.from({ length: 2_000 }, (_, index) => `build ${index}`));
  assert.deepEqual(noticed, []);
  assert.ok((answering?.usual.length ?? 0) <= 100, 'and it does not grow the state');
});

test('only the newest names are remembered, and changes among many names are still noticed', () => {
  const builds = Array.from({ length: 30 }, (_, index) => times(100, `build ${index}`));
  const { noticed, answering } = observe(builds.flat());
  assert.equal(noticed.length, 29);
  assert.equal(answering?.usual.length, 10);
});

test('the name is the server’s own name of the model with its fingerprint, for whole answers, the audit’s too', () => {
  const attempts = [
    attemptRow('a', 0, { fingerprint: 'fp1' }),
    attemptRow('a', 1, { tier: 'medium', cut: true }),
    attemptRow('a', 2, { tier: 'medium', errorCode: 'upstream_timeout' }),
  ];
  const audit = auditRow('a', { attempts: '[{"tier":"large","model":"gpt-4.1","cut":false}]' });
  assert.deepEqual(namedAnswers({ attempts, audit }), [
    { tier: 'small', by: 'qwen3:4b fp1' },
    { tier: 'large', by: 'gpt-4.1' },
  ]);
});
