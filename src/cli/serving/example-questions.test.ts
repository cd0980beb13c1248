import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Trace } from '../../traces/trace.ts';
import { exampleQuestions, type ExampleQuestion } from './example-questions.ts';

/** A question whose three answers have these probabilities and scores. */
function question(
  prompt: string,
  answers: readonly (readonly [probability: number, score: number])[],
): Trace {
  const names = ['small', 'medium', 'large'];
  const attempts = answers.map(([p, score], index): [string, Trace['attempts'][string]] => {
    const tokens = [
      {
        t: 'a',
        lp: Math.log(p),
        top: [
          ['a', Math.log(p)],
          ['b', Math.log((1 - p) / 2)],
        ] as [string, number][],
      },
    ];
    return [
      names[index] ?? '',
      { answer: 'a', score, finish: 'stop', inputTokens: 9, outputTokens: 1, tokens },
    ];
  });
  return { id: prompt, group: 'g', prompt, attempts: Object.fromEntries(attempts) };
}

const sure = [0.9999, 1] as const;
const surest = [0.999999, 1] as const;
const unsure = [0.05, 0] as const;

const examplesOf = (traces: readonly Trace[]): ExampleQuestion[] =>
  exampleQuestions({ traces: (wanted) => traces.filter(({ prompt = '' }) => wanted(prompt)) });

test('one is accepted with the highest confidence, one goes on to the last tier, and both are answered correctly', () => {
  const examples = examplesOf([
    question('sure and wrong', [[0.999999, 0], sure, sure]),
    question('sure', [sure, sure, sure]),
    question('surest', [surest, sure, sure]),
    question('medium', [unsure, sure, sure]),
    question('large', [unsure, unsure, sure]),
  ]);
  assert.deepEqual(
    examples.map(({ question: asked }) => asked),
    ['surest', 'large'],
  );
  assert.match(examples[0]?.what ?? '', /^accepted: small/);
  assert.match(examples[1]?.what ?? '', /^escalated to large/);
});

test('questions that make no good line of a terminal are not taken', () => {
  const awkward = ['x'.repeat(71), 'two\nlines', "it's"].map((prompt) =>
    question(prompt, [sure, sure, sure]),
  );
  assert.deepEqual(examplesOf(awkward), []);
});
