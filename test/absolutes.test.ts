/** What the documents say without exception, a test says too. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ABSOLUTES } from './absolutes.ts';
import { filesOf, textOf } from './project.ts';

const WORD = /\b(?:never|always|at once)\b/i;
/** The name of a policy, and of a heading. */
const NAMES = /\balways (?:asking|large)|always-last|#what-is-never-stored/gi;

/** Sentences, cells of tables and items of lists, each in one line. */
function sentencesOf(markdown: string): string[] {
  return (
    markdown
      .replaceAll(/^```.*?^```/gms, '')
      .split(/\n\s*\n|\n(?=[|\-#])/)
      .map((block) => block.split(/\s+/).join(' ').trim())
      .filter((block) => !block.startsWith('#'))
      .flatMap((block) => block.split(/(?<=[.:;!?])\s+(?=[A-Z*`[(])|\s\|\s/))
      // The contents of a page.
      .filter((sentence) => !/^\[[^\]]*\]\(#[^)]*\) · /.test(sentence))
  );
}

const SENTENCES = filesOf('README.md', 'docs/*.md').flatMap((path) =>
  sentencesOf(textOf(path))
    .filter((sentence) => WORD.test(sentence.replaceAll(NAMES, '')))
    .map((sentence) => ({ path, sentence })),
);

/** Titles as they stand in the sources; those with a placeholder hold for any. */
const TITLES = filesOf('src/**/*.test.ts', 'test/**/*.ts')
  .filter((path) => !path.endsWith('absolutes.ts'))
  .map(textOf)
  .join('\n');

test('every sentence of the documents that says never, always or at once is one that a test holds', () => {
  const open = SENTENCES.filter(({ sentence }) => !ABSOLUTES.some(([part]) => sentence.includes(part)));
  assert.deepEqual(
    open.map(({ path, sentence }) => `${path}: ${sentence}`),
    [],
    'write the sentence without the word, or add a line to test/absolutes.ts with the title of the test that holds it',
  );
});

test('the table of these sentences names no test and no sentence that is gone', () => {
  const gone = ABSOLUTES.flatMap(([part, heldBy]) => [
    ...(SENTENCES.some(({ sentence }) => sentence.includes(part)) ? [] : [`no sentence has: ${part}`]),
    ...(heldBy.startsWith('(') || TITLES.includes(heldBy) || TITLES.includes(heldBy.replaceAll("'", "\\'"))
      ? []
      : [`no test is named: ${heldBy}`]),
  ]);
  assert.deepEqual(gone, []);
});
