/** Writes `demo/questions.jsonl`: `node demo/generate.ts`. The same sources give the same file. */
import { writeFileSync } from 'node:fs';
import { allQuestions } from './questions/all.ts';

export const questionsFile = new URL('questions.jsonl', import.meta.url);
export const questionLines = (): string =>
  allQuestions()
    .map((question) => `${JSON.stringify(question)}\n`)
    .join('');

if (import.meta.main) {
  const lines = questionLines();
  writeFileSync(questionsFile, lines);
  console.log(`${lines.split('\n').length - 1} questions written to demo/questions.jsonl`);
}
