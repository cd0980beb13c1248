import type { Check } from '../../src/traces/check.ts';
import { arithmetic, arithmeticHard } from './arithmetic.ts';
import { classification } from './classification.ts';
import { comparison } from './comparison.ts';
import { dates } from './dates.ts';
import { extraction } from './extraction.ts';
import { logic } from './logic.ts';
import { notices } from './notices.ts';
import { createRandom, seedOf } from './random.ts';
import { reasoning } from './reasoning.ts';
import { statements } from './statements.ts';
import { strings } from './strings.ts';
import type { Draft, GeneratedGroup, Template } from './template.ts';
import { units } from './units.ts';
import { wordProblems } from './word-problems.ts';
import { writtenGroups } from './written.ts';

/** One line of `demo/questions.jsonl`. */
export interface Question {
  id: string;
  group: string;
  template: string;
  split: 'fit' | 'test';
  /** Questions that share a passage share a cluster. */
  cluster: string;
  system: string;
  prompt: string;
  reference: string;
  check: Check;
  maxTokens: number;
}

/** One string for every short answer, so that a server computes its prefix once. */
export const shortAnswer = 'Answer with the final answer only, as short as possible.';

const generatedGroups: GeneratedGroup[] = [
  arithmetic,
  arithmeticHard,
  units,
  dates,
  strings,
  comparison,
  classification,
  extraction,
  wordProblems,
  logic,
  reasoning,
  notices,
  statements,
];

/** The prompt as it is compared: two questions that differ in case or spaces only are the same question. */
export const normalisedPrompt = (prompt: string): string => prompt.trim().toLowerCase().replace(/\s+/g, ' ');

/** Two templates of every five are kept for the test, whole: a test question's wording is never one that was fitted on. */
const splitOf = (position: number): 'fit' | 'test' =>
  position % 5 === 1 || position % 5 === 3 ? 'test' : 'fit';

/** `count` instances with different prompts. */
function draw(id: string, template: Template, count: number): Draft[] {
  const random = createRandom(seedOf(id));
  const drafts = new Map<string, Draft>();
  for (let tries = 0; drafts.size < count; tries++) {
    if (tries > 100 * count) throw new Error(`template ${id} has fewer than ${count} different prompts`);
    const next = template(random);
    const key = normalisedPrompt(next.prompt);
    if (!drafts.has(key)) drafts.set(key, next);
  }
  return [...drafts.values()];
}

function numbered(
  group: string,
  families: Record<string, Draft[]>,
  options: { system?: string | undefined; maxTokens?: number | undefined } = {},
): Question[] {
  const { system = shortAnswer, maxTokens = 32 } = options;
  let count = 0;
  return Object.entries(families).flatMap(([template, drafts], position) =>
    drafts.map(({ prompt, reference, check, passage }) => {
      const id = `${group}-${String(++count).padStart(4, '0')}`;
      const cluster = passage === undefined ? id : `${group}-${passage}`;
      return {
        id,
        group,
        template,
        split: splitOf(position),
        cluster,
        system,
        prompt,
        reference,
        check,
        maxTokens,
      };
    }),
  );
}

/** Every question of the demonstration, always the same ones in the same order. */
export function allQuestions(): Question[] {
  const generated = generatedGroups.flatMap(({ group, templates, perTemplate, system, maxTokens }) => {
    const drawn = Object.entries(templates).map(([name, template]): [string, Draft[]] => [
      name,
      draw(`${group}/${name}`, template, perTemplate),
    ]);
    return numbered(group, Object.fromEntries(drawn), { system, maxTokens });
  });
  return [...generated, ...writtenGroups.flatMap(({ group, families }) => numbered(group, families))];
}
