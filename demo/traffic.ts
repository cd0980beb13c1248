/**
 * The demonstration's questions as traffic, for `docs/learning-tutorial.md`.
 *
 *     node demo/traffic.ts references > references.jsonl    their right answers, as `weir labels import` reads them
 *     node demo/traffic.ts ask [URL] [PER_SECOND]           asks a gateway each of them once, in a shuffled order
 */
import { readFileSync } from 'node:fs';
import { createRandom, shuffled } from '../src/calibration/fit/random.ts';
import { questionsFile } from './generate.ts';
import type { Question } from './questions/all.ts';

const SEED = 20261125;
/** Audits are made one after the other; with a shorter pause some would be dropped. */
const PAUSE_MS = 20;

export function readQuestions(): Question[] {
  return readFileSync(questionsFile, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Question);
}

/** A line for `weir labels import`. */
export function referenceLine({ check, reference, ...question }: Question): string {
  return JSON.stringify({ messages: messagesOf(question), check, reference });
}

/** A question as it is asked: its right answer belongs to the whole conversation. */
function messagesOf({ system, prompt }: Pick<Question, 'system' | 'prompt'>): object[] {
  return [
    { role: 'system', content: system },
    { role: 'user', content: prompt },
  ];
}

/**
 * Asks the gateway at `url` these questions, one after the other, with a pause after each.
 * @returns how many were answered by which tier, and under a certificate or not. Throws at the first that is not answered.
 */
export async function askAll(
  questions: readonly Question[],
  url: string,
  pauseMs = PAUSE_MS,
): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const question of questions) {
    const messages = messagesOf(question);
    const response = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'auto', messages }),
    });
    const body = await response.text();
    if (!response.ok) throw new Error(`${question.prompt}: ${response.status} ${body}`);
    const certified = response.headers.get('x-weir-certified') === 'yes';
    const what = `${response.headers.get('x-weir-tier') ?? ''}, ${certified ? 'certified' : 'not certified'}`;
    counts[what] = (counts[what] ?? 0) + 1;
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  return counts;
}

if (import.meta.main) {
  const [what, url = 'http://127.0.0.1:8787', perSecond] = process.argv.slice(2);
  const pauseMs = perSecond === undefined ? PAUSE_MS : 1_000 / Number(perSecond);
  const questions = readQuestions();
  if (what === 'references') process.stdout.write(`${questions.map(referenceLine).join('\n')}\n`);
  else if (what === 'ask') console.table(await askAll(shuffled(questions, createRandom(SEED)), url, pauseMs));
  else throw new Error('node demo/traffic.ts references, or node demo/traffic.ts ask [URL] [PER_SECOND]');
}
