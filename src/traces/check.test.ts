import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { canBeRight, checks, isDoubtful, scoreAnswer } from './check.ts';
import type { Check } from './check.ts';

/** Every row is a reference, and the answers that must score 1 or 0 against it. */
function scores(check: Check, score: 0 | 1, rows: [reference: string, ...answers: string[]][]): void {
  for (const [reference, ...answers] of rows) {
    for (const answer of answers) {
      assert.equal(
        scoreAnswer(check, reference, answer),
        score,
        `${check} ${reference} <- ${JSON.stringify(answer)}`,
      );
    }
  }
}

test('a number is accepted in the ways small models write it', () => {
  scores('number', 1, [
    [
      '42',
      '42',
      '42.',
      '**42**',
      'The answer is 42.',
      'Answer: 42',
      '\\boxed{42}',
      '$42$',
      '42 apples',
      'forty-two',
      '#### 42',
    ],
    ['1234', '1,234', '1234', '1234.00', '1{,}234', '$1,234', '1\u202f234'],
    ['12.5', '$12.50', '12.5 kg', '12.50 dollars', 'It costs $12.50.'],
    ['-7', '-7', '−7', '–7 degrees', '-$7', 'minus seven', '\\(-7\\)'],
    ['7', 'seven', 'Seven days.', '10 - 3 = 7', '10-3=7', 'There are seven days in a week.'],
    ['0', 'zero', 'None.', 'nobody'],
    ['15', '15%', '15 percent'],
    ['0.15', '15%'],
    ['25%', '25%', '25', '0.25'],
    ['3/4', '3/4', '0.75', '\\frac{3}{4}', '75%'],
    ['1/3', '0.33', '0.3333'],
    ['5000000', '5 million'],
    ['5 | 6', '5', '6'],
  ]);
});

test('a wrong number is not accepted, however near', () => {
  scores('number', 0, [
    ['42', '', '43', '42.1', '4.2', '-42', 'forty', 'A42', 'about 420', 'no idea'],
    ['12.5', '12', '12,5', '125'],
    ['1/3', '0.3', '0.34'],
    ['25%', '2.5', '0.025'],
    ['10', 'ten thousand and ten dozen'],
  ]);
});

test('after a final-answer mark, only the text after the last mark counts for a number', () => {
  scores('number', 1, [
    [
      '17',
      '3 + 4 = 7, so far.\n\nFinal answer: 17',
      'Final answer: 9\nWait.\nFinal answer: 17 apples (of 20)',
      'Final answer: 9 + 8 = 17',
    ],
    [
      '17',
      'The answer is 5.\nThe answer is 17, because 5 and 12 is 17.',
      'Final answer: \\boxed{17}\n\nThe answer is found by adding 3.',
    ],
  ]);
  scores('number', 0, [
    ['17', '17 it is.\nFinal answer: 18', 'It is 17. Final answer:', 'The answer is not 17.'],
  ]);
});

test('without a mark, the number that the last sentence states is the one that counts', () => {
  scores('number', 1, [
    [
      '26',
      '17 + 9 = 26\nZoe has 26 oranges now.',
      '26\n\nExplanation: 17 and 9',
      '17 and 9 together make 26.',
      '52 / 2 = 26\n\n',
    ],
    ['9', '9 is larger than 5.', 'The number is not 9.'],
  ]);
  scores('number', 0, [
    [
      '26',
      '26 was the first idea, but 17 is better.',
      '17 + 9 = 26. Then take 3.',
      'There are 26 of them and 9 others.',
    ],
    ['9', '5 is larger than 9.', 'It is either 5 or 9.', 'It is 5, while 9 is not.'],
    ['7', '7 machines make 7 toys. This means that each machine is making', '8 - 1 ='],
    ['2', `${'We add the numbers step by step. '.repeat(12)}The sum is 2`],
  ]);
});

test('an exact answer may differ in case, quotes, articles, accents and punctuation', () => {
  scores('exact', 1, [
    [
      'Paris',
      'paris',
      ' Paris. ',
      '"Paris"',
      '**Paris**',
      '_Paris_',
      'Answer: Paris',
      'Capital: Paris',
      'Final answer: **Paris**.',
    ],
    ['the postman', 'Postman', 'The postman.'],
    ['Brasilia', 'Brasília'],
    ['apple, pear', 'Apple pear', 'apple,pear'],
    ['a', 'a', 'A.', '"a"'],
    ['Mrs. Moe | his neighbour', 'Mrs. Moe', 'His neighbour.'],
    ['14:05', '14:05', '2:05 PM', '2:05 p.m.', 'It starts at 14:05.'],
    ['09:30', '9:30', '9:30 am'],
    ['mice', 'mice (more than one mouse)'],
    ['yes', 'Yes', 'Yes, it does.'],
  ]);
  scores('exact', 0, [
    ['Paris', '', 'London', 'Paris London', 'Parisian', 'Pari'],
    ['09:30', '9:30 pm', '09:03', '09:30:15'],
    ['yes', 'No', 'Yes and no', 'It does.', 'yesterday'],
    ['B A', 'A', 'B'],
  ]);
});

test('a short sentence is right where the reference is its subject or stands at its end', () => {
  scores('exact', 1, [
    [
      'Paris',
      'The capital is Paris.',
      'The capital of France is Paris.',
      'Paris is the capital of France.',
      'The answer is "Paris".',
    ],
    ['Nora', 'The shortest is Nora, who is 158 cm.', 'Nora is the shortest.'],
    ['green train | the green train', 'The green train runs only at weekends.'],
    ['pressure', 'A barometer measures pressure.'],
    ['a barn', 'They slept in the barn.'],
    ['February', 'The month that comes right after January is February.'],
    ['Egypt', 'Cairo is the capital of Egypt.'],
    ['stone', 'The tower is made of stone.'],
  ]);
});

test('an answer that merely contains the reference is not exact', () => {
  scores('exact', 0, [
    [
      'Paris',
      'Paris, London',
      'It is not Paris.',
      'It is Paris or London.',
      'Neither London nor Paris',
      'Not Paris',
      'London is near Paris',
    ],
    [
      'Paris',
      'France has many large cities, and the one that people think of first is Paris.',
      'London is big. Paris is bigger.',
    ],
    ['Paris', 'Paris is large but Lyon is the capital.', 'Paris\n\nFinal answer: Lyon'],
    ['apple', 'pear comes before apple', 'apple comes after pear', 'apple pear plum'],
    ['hot', 'Cold is the opposite of hot.', 'It is instead of hot.'],
    ['Egypt', 'Cairo is not the capital of Egypt.', 'Cairo is a part of Egypt.'],
  ]);
});

test('a choice is an option letter or one of the labels', () => {
  scores('choice', 1, [
    [
      'B',
      'B',
      'b',
      '(B)',
      'B)',
      'B) Paris',
      'B. Paris',
      'Answer: B',
      '**B**',
      'The answer is B.',
      'Option B',
      'B is heavier.',
    ],
    ['B', 'A) 3.3 kg\nB) 3700 g\n\nThe answer is B.', 'The correct option is (B).'],
    ['A', 'A', 'A) 1/2'],
    [
      'positive',
      'Positive',
      'Sentiment: positive',
      'This review is positive.',
      'Positive. I can see that the writer is happy.',
      'This review is positive, as it praises the quality of a phone.',
      'It is positive because the writer does not complain.',
    ],
    ['product question', 'Product question.'],
    ['no', 'No, this is not spam.'],
  ]);
  scores('choice', 0, [
    ['B', '', 'A', 'A or B', 'A) 3.3 kg\nB) 3700 g', 'Both', 'Bananas', 'C) Paris'],
    ['A', 'A cat sat there', 'Apple'],
    [
      'positive',
      'negative',
      'positive or negative',
      'Positive, negative',
      'not positive',
      'It is not positive.',
      'It is negative, as it is not positive.',
      'It is positive, as well as negative.',
    ],
    ['contract', 'The message is classified as internet, billing, contract.', 'contracts'],
    ['no', 'Yes', 'No. But then again yes.'],
  ]);
});

test('a set is compared without order and repetition', () => {
  scores('set', 1, [
    [
      'red, blue, green',
      'green, red and blue',
      'Red, Blue, Green.',
      '- red\n- green\n- blue',
      '1. red\n2. blue\n3. green',
      'red, red, blue & green',
    ],
    ['clock, rug', 'Elsa bought a clock and a rug.', 'Items: the rug, the clock', 'Final answer: rug; clock'],
    ['table', 'table', 'The word is table.'],
  ]);
  scores('set', 0, [
    ['red, blue, green', '', 'red, blue', 'red, blue, green, white', 'red blue green'],
    ['', '', 'red'],
  ]);
});

test('a date is read in the usual spellings', () => {
  scores('date', 1, [
    [
      '2024-03-03',
      '2024-03-03',
      '3 March 2024',
      'March 3, 2024',
      'March 3rd, 2024',
      'Sunday, 3rd of March 2024',
      '3 Mar. 2024',
      '2024/3/3',
    ],
    [
      '2024-03-03',
      'From 1 March 2024 on, two days later is 3 March 2024.',
      'Final answer: 3 March 2024 (after 1 March 2024)',
      '03/03/2024',
    ],
    ['2024-03-25', '25/03/2024', '3/25/2024', '25.3.2024'],
  ]);
  scores('date', 0, [
    [
      '2024-03-03',
      '',
      '3 March',
      'March 2024',
      '4 March 2024',
      '3 March 2023',
      '3 March 202',
      'Final answer: 4 March 2024 or 3 March 2024',
    ],
    ['2024-03-04', '03/04/2024', '04/03/2024'],
    ['2024-02-30', '30 February 2024'],
  ]);
});

test('a sign, a power, a suffix, a time or a decimal comma makes another number', () => {
  scores('number', 0, [
    ['5', '-5', '5k', '5 M', '5 bn', '5^2', '5**2', '5²', '5e3', '5:30', '4:5', '5,5', '1,5', '2^5', '10^5'],
    ['30', '5:30', 'It starts at 5:30.'],
    ['103', '10**3', '10³', '10^3'],
  ]);
});

test('what takes a yes or a statement back is not left out', () => {
  scores('exact', 0, [
    ['yes', 'Yes, but only on Sundays', 'Yes, if it rains.', 'Yes, except on Sundays.'],
    ['no', 'No, unless it rains.'],
    ['Paris', 'hardly is Paris', 'It is probably Paris.', 'Supposedly the capital is Paris.'],
  ]);
});

test('the marks of Hindi and Thai are letters, and accents of Latin may be left out', () => {
  scores('exact', 0, [
    ['काम', 'कम'],
    ['แก้ว', 'แกว'],
    ['дай', 'даи'],
  ]);
  scores('exact', 1, [
    ['काम', 'काम।'.slice(0, -1)],
    ['Zürich', 'Zurich'],
    ['Việt Nam', 'Viet Nam'],
  ]);
});

test('a wrong answer that names what is right, and does not come to something else, is doubtful', () => {
  const rows: [Check, string, string, boolean][] = [
    ['exact', 'Paris', 'Paris, or perhaps Lyon', true],
    ['exact', 'Paris', 'I believe that Paris it must be', true],
    ['exact', 'Paris', 'Lyon', false],
    ['exact', 'Paris', 'It is near the Parisian border', false],
    ['exact', 'Paris', 'Not Paris', false],
    ['number', '5', 'There were 5, then 7', true],
    ['number', '5', '17 - 5 = 12\nFinal answer: 12', false],
    ['number', '5', '12', false],
    ['set', 'red, blue', 'There are red, blue ones', true],
    ['date', '2024-03-03', '3 March 2024 or 4 March 2024', true],
    ['date', '2024-03-03', '4 March 2024', false],
  ];
  for (const [check, reference, answer, expected] of rows)
    assert.equal(isDoubtful(check, reference, answer), expected, `${reference} <- ${answer}`);
});

test('no input makes the checker throw, and the score is 0 or 1', () => {
  const phrases =
    `Final answer:~answer is~\\boxed{~}~####~**~_~-~−~$~%~/~=~.~,~ ~\n~\n\n~7~1,234~٣~two~hundred~2024-99-99~3 March 2024~
12:99 pm~A)~B~yes~not~\\frac{1}{0}~ | ~(~[~minus~than~or~May 5, 2020~01/02/2003`.split('~');
  const pieces = fc.array(fc.constantFrom(...phrases), { maxLength: 40 });
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    pieces.map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(fc.constantFrom(...checks), text, text, (check, reference, answer) => {
      assert.ok([0, 1].includes(scoreAnswer(check, reference, answer)));
    }),
    { numRuns: 3000 },
  );
});

test('a whole number is accepted as it stands, and no other number is', () => {
  fc.assert(
    fc.property(fc.integer({ min: -1e9, max: 1e9 }), fc.integer({ min: -1e9, max: 1e9 }), (right, other) => {
      for (const form of [
        `${right}`,
        right.toLocaleString('en'),
        `The answer is ${right}.`,
        `Hm.\n\nFinal answer: **${right}**`,
      ]) {
        assert.equal(scoreAnswer('number', `${right}`, form), 1);
        assert.equal(scoreAnswer('number', `${other}`, form), right === other ? 1 : 0);
      }
    }),
  );
});

test('a long answer is scored quickly', () => {
  const started = performance.now();
  for (const piece of ['.', ' ', '7', '1,', 'answer ', '**', '(', 'a, ', '- 3 ', '"', '\n', '-']) {
    for (const check of checks) scoreAnswer(check, '42', piece.repeat(20_000));
  }
  assert.ok(performance.now() - started < 5_000);
});

test('a denial is right where the reference is one', () => {
  scores('exact', 1, [
    ['Not stated', 'Not stated.', 'Answer: not stated'],
    ['Paris | Not known', 'not known'],
  ]);
  scores('exact', 0, [
    ['Paris', 'Not Paris'],
    ['Not stated', 'Not known', 'Stated'],
    ['Not known | Paris', 'Not Paris'],
  ]);
  scores('choice', 0, [['B', 'Not B']]);
});

test('a reference by which no answer can be right is known', () => {
  const rows: [Check, string, boolean][] = [
    ['number', '42', true],
    ['number', '42 of 50 apples', true],
    ['number', 'forty-two', false],
    ['number', 'many | 7', true],
    ['number', '1/0', false],
    ['number', '5k', false],
    ['date', '2024-02-29', true],
    ['date', '2023-02-29', false],
    ['date', 'yesterday', false],
    ['exact', 'Paris', true],
    ['exact', 'yes', true],
    ['exact', '"', false],
    ['exact', 'Not applicable', true],
    ['exact', 'one\n\ntwo', false],
    ['choice', 'b', true],
    ['choice', 'false', true],
    ['set', 'red, green', true],
    ['set', ',', false],
  ];
  for (const [check, reference, expected] of rows)
    assert.equal(canBeRight(check, reference), expected, `${check} ${reference}`);
});

test('where some answer is right by a reference, it is one that can be used', () => {
  const words = fc.stringMatching(/^(?:[ABx17 ,.|-]|not |no|is ){1,6}$/);
  fc.assert(
    fc.property(fc.constantFrom(...checks), words, words, (check, reference, answer) => {
      if (scoreAnswer(check, reference, answer) === 1) assert.ok(canBeRight(check, reference));
    }),
    { numRuns: 5_000 },
  );
});
