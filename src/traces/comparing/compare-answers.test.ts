import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { AGREEMENT_TABLE } from '../../../test/agreement-table.ts';
import { compareAnswers, type Comparing } from './compare-answers.ts';

for (const [what, rows] of Object.entries(AGREEMENT_TABLE))
  test(`answers: ${what}`, () => {
    const found = rows.map(([kind, , one, other, question]) => compareAnswers(kind, one, other, question));
    const wrong = rows.flatMap(([kind, expected, one, other, question], at) =>
      found[at] === expected ? [] : [{ kind, one, other, question, expected, found: found[at] }],
    );
    assert.deepEqual(wrong, []);
    for (const [kind, expected, one, other, question] of rows)
      assert.equal(compareAnswers(kind, other, one, question), expected, `${other} / ${one}`);
  });

test('the table has rows enough', () => {
  assert.ok(Object.values(AGREEMENT_TABLE).flat().length >= 200);
});

const kinds = fc.constantFrom<Comparing>('exact', 'number', 'set');
const PIECES =
  `Final answer:~\\boxed{~}~####~**~_~-~−~$~%~/~=~.~,~ ~\n~\n\n~7~1,234~٣~two~million~2024-03-03~3 March~12:99~A)~B~yes~not~is~the~
So~ | ~(~[~{"a":1}~~~e3~½~²~काम~"~'~|~\u202f~\u200d~€~:~;~and~- ~oranges`.split('~');
const texts = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.array(fc.constantFrom(...PIECES), { maxLength: 12 }).map((parts) => parts.join('')),
);

test('the order of two answers does not matter, and nothing makes comparing them fail', () => {
  fc.assert(
    fc.property(kinds, texts, texts, texts, (kind, one, other, question) => {
      assert.equal(compareAnswers(kind, one, other, question), compareAnswers(kind, other, one, question));
    }),
    { numRuns: 3_000 },
  );
});

test('equal texts are the same, whatever they say', () => {
  fc.assert(
    fc.property(kinds, texts, (kind, text) => {
      assert.equal(compareAnswers(kind, text, text), text.trim() === '' ? 'unknown' : 'same');
    }),
    { numRuns: 2_000 },
  );
});

const WORDS = [
  'Paris',
  'red',
  'hardly',
  'not',
  'left',
  'right',
  'before',
  'काम',
  'mehr',
  'oranges',
  'only',
  'दिन',
];
/** What the number is of, by the questions or by itself. */
const LEFT_OUT = new Set(['Paris', 'red', 'left', 'oranges']);
const NUMBERS = ['5', '12', '-3', '4.5', '1,234', '3/4', '7:30', '6k', '8%', '٤'];
/** Sentences of words and numbers, in the forms in which models answer. */
const sentences = fc
  .record({
    parts: fc.array(fc.constantFrom(...WORDS, ...NUMBERS), { minLength: 1, maxLength: 6 }),
    lead: fc.constantFrom('', 'It is ', 'The answer is ', 'So ', 'Step by step.\nFinal answer: '),
    end: fc.constantFrom('', '.'),
  })
  .map(({ parts, lead, end }) => ({ parts, write: (said: string[]) => `${lead}${said.join(' ')}${end}` }));

test('an answer in which a word, a digit or a sign has changed is never the same', () => {
  const questions = fc.constantFrom('', 'How many oranges are left, and which is red?', 'What is Paris?');
  fc.assert(
    fc.property(
      kinds,
      sentences,
      questions,
      fc.nat(),
      fc.nat(),
      (kind, { parts, write }, question, at, by) => {
        const place = at % parts.length;
        const word = parts[place] ?? '';
        const changes = [
          word.replace(/\d/, (digit) => String((Number(digit) + 1 + (by % 9)) % 10)),
          word.startsWith('-') ? word.slice(1) : /^\d/.test(word) ? `-${word}` : word,
          [...WORDS, ...NUMBERS][by % (WORDS.length + NUMBERS.length)] ?? '',
          word.replace(/\p{M}/u, ''),
          `not ${word}`,
        ];
        for (const changed of changes.filter((each) => each !== word)) {
          const other = write(parts.with(place, changed));
          const isList =
            kind === 'set' && parts.toSorted().join() === parts.with(place, changed).toSorted().join();
          // Beside a number, what it is a number of may be left out.
          const isLeftOut = kind === 'number' && LEFT_OUT.has(word) && LEFT_OUT.has(changed);
          if (!isList && !isLeftOut)
            assert.notEqual(compareAnswers(kind, write(parts), other, question), 'same', other);
        }
      },
    ),
    { numRuns: 3_000 },
  );
});

test('long answers are compared in time that grows with their length', () => {
  const started = performance.now();
  for (const piece of [
    '.',
    ' ',
    '7',
    '1,',
    'answer ',
    '**',
    '(',
    'a, ',
    '- 3 ',
    '"',
    '\n',
    '-',
    '\\boxed{',
    '*a',
    'x = ',
    '`',
  ])
    for (const kind of ['exact', 'number', 'set'] as const)
      compareAnswers(
        kind,
        piece.repeat(9_000 / piece.length),
        `${piece.repeat(9_000 / piece.length)}1`,
        piece.repeat(9_000),
      );
  assert.ok(performance.now() - started < 5_000, `${performance.now() - started}`);
});
