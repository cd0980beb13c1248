import { LEAST_ROWS } from './ladder-table.ts';

/** That fewer than {@link LEAST_ROWS} questions do not suffice, in sentences. @param what they are too few for. */
export function tooFew(count: number, what: string): string {
  const questions = count === 1 ? 'question is' : 'questions are';
  return `${count} labelled ${questions} too few ${what}: at least ${LEAST_ROWS} are needed.`;
}
