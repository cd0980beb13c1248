import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { before, test } from 'node:test';
import { questionHash, rescoreAll } from '../src/recordings/question.ts';
import { scoreAnswer } from '../src/traces/check.ts';
import { compareAnswers } from '../src/traces/comparing/compare-answers.ts';
import { readTraces } from '../src/traces/read-write.ts';
import type { Trace } from '../src/traces/trace.ts';
import { modelFile, priorModelText } from './fit-prior.ts';
import { pageWithTables } from './summary.ts';

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

let questions: Trace[];
let recorded: Trace[];
before(async () => {
  questions = (await readTraces(path('questions.jsonl'), { strict: true })).traces;
  recorded = (await readTraces(path('traces.jsonl.gz'), { strict: true })).traces;
});

test('the recordings are of exactly these questions, asked unchanged', () => {
  const asked = (traces: Trace[]): string[][] =>
    traces.map((trace) => [trace.id, trace.split ?? '', questionHash(trace)]);
  assert.deepEqual(asked(recorded), asked(questions));
});

test('every score is what the checker says today', () => {
  assert.equal(rescoreAll(recorded).changed, 0);
});

test('answers that agree for certain have the same score by their references', () => {
  let pairs = 0;
  for (const { id, check, reference = '', prompt = '', attempts } of recorded) {
    const kind = check === 'number' || check === 'set' ? check : 'exact';
    const last = attempts['large']?.answer;
    if (check === undefined || last === undefined) continue;
    for (const tier of ['small', 'medium']) {
      const answer = attempts[tier]?.answer;
      if (answer === undefined || compareAnswers(kind, answer, last, prompt) !== 'same') continue;
      pairs++;
      assert.equal(
        scoreAnswer(check, reference, answer),
        scoreAnswer(check, reference, last),
        `${id} ${tier}`,
      );
    }
  }
  assert.ok(pairs > 1_000, `${pairs} pairs agree`);
});

test('answers have log-probabilities and costs, and no latencies, which were taken on a busy machine', () => {
  for (const { id, attempts } of recorded) {
    for (const attempt of Object.values(attempts)) {
      assert.ok(attempt.costUsd !== undefined && attempt.latencyMs === undefined, id);
      assert.ok(attempt.answer === '' || (attempt.tokens?.length ?? 0) > 0, id);
    }
  }
});

test('no template is on both sides of the split', () => {
  const splits = Map.groupBy(recorded, (trace) => String(trace['template']));
  for (const [template, traces] of splits)
    assert.equal(new Set(traces.map((trace) => trace.split)).size, 1, template);
});

test('the committed prior model is what the recordings give', async () => {
  assert.equal(readFileSync(modelFile, 'utf8'), await priorModelText(), 'run node demo/fit-prior.ts');
});

test('the tables of the page are what the recordings give', async () => {
  assert.equal(readFileSync(path('README.md'), 'utf8'), await pageWithTables(), 'run node demo/summary.ts');
});
