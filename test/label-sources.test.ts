/** Holds the documents that list label sources to the table in src/learning/labels/sources/sources.ts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LABEL_SOURCES, sourceNames } from '../src/learning/labels/sources/sources.ts';
import { codeSpans, rowsOf } from './markdown.ts';
import { filesOf, textOf } from './project.ts';

const names = sourceNames(LABEL_SOURCES);
const documents = filesOf('docs/**/*.md').map(textOf);

/** The rows with this code span in their first cell, in whatever document: `source` of the table of labels. */
function rowsNaming(lists: string, name: string): string[] {
  return documents.flatMap((text) => rowsOf(text, lists).get(name) ?? []);
}

test('one document lists the label sources in the order in which they are believed, with what each says', () => {
  const [listed, ...others] = documents.map((text) => rowsOf(text, 'source')).filter(({ size }) => size > 0);
  assert.ok(listed !== undefined, 'no document has a table whose first column is headed `source`');
  assert.deepEqual(others, [], 'the sources are listed once');
  assert.deepEqual([...listed.keys()], names);
  for (const { name, says } of LABEL_SOURCES)
    assert.ok(listed.get(name)?.includes(`| ${says} |`), `${name}: ${listed.get(name)}`);
});

test('the data model, the metrics and the command line name every label source and no other', () => {
  for (const [what, rows] of [
    ['the column', rowsNaming('column', 'source')],
    ['the metric', rowsNaming('metric', 'weir_labels_total')],
  ] as const) {
    const row = rows.find((each) => names.some((name) => each.includes(`\`${name}\``))) ?? '';
    const shown = codeSpans(row).filter((span) => !['source', 'route', 'weir_labels_total'].includes(span));
    assert.deepEqual(shown.toSorted(), names.toSorted(), `${what}: ${row}`);
  }
  const option = rowsNaming('option', '--source <a,b,…>');
  assert.ok(
    option.some((row) => row.includes(`\`${names.join(',')}\``)),
    `the option: ${option.join()}`,
  );
});
