import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  certifyingSources,
  fittedOnSources,
  hasComparingSource,
  howToGetVerdicts,
  LABEL_SOURCES,
  scorerWords,
  sourceNames,
} from './sources.ts';

test('people and references are believed before models, and users are only heard', () => {
  assert.deepEqual(sourceNames(LABEL_SOURCES), ['operator', 'reference', 'judge', 'agreement', 'user']);
  assert.deepEqual(fittedOnSources(), ['operator', 'reference', 'judge', 'agreement']);
  assert.deepEqual(certifyingSources(), ['reference', 'judge', 'agreement']);
});

test('each source has a name of its own, and certifies only what is also fitted on', () => {
  assert.equal(new Set(sourceNames(LABEL_SOURCES)).size, LABEL_SOURCES.length);
  for (const { certifies, isFittedOn } of LABEL_SOURCES) assert.ok(isFittedOn || !certifies);
});

test('any key may send the verdicts of users; operators and references need an operator’s key', () => {
  assert.deepEqual(
    LABEL_SOURCES.flatMap(({ name, sentWith }) => (sentWith === undefined ? [] : [[name, sentWith]])),
    [
      ['operator', 'operator-key'],
      ['reference', 'operator-key'],
      ['user', 'any-key'],
    ],
  );
});

test('a certificate names the sources that the configuration uses, in the order in which they are believed', () => {
  assert.equal(scorerWords({}), 'reference answers');
  assert.equal(
    scorerWords({ judge: 'kim', agreement: 'number' }),
    'reference answers, else the judge kim, else agreement with the last tier (number)',
  );
});

test('references alone cannot compare any two answers', () => {
  assert.equal(hasComparingSource({}), false);
  assert.equal(hasComparingSource({ judge: 'kim' }), true);
  assert.equal(hasComparingSource({ agreement: 'set' }), true);
});

test('an operator reads what to do to get verdicts', () => {
  assert.equal(
    howToGetVerdicts(),
    'import references (`npm run -s weir -- labels import FILE`), name a judge (`learning.judge`), or set a kind of agreement (`learning.agreement`)',
  );
});
