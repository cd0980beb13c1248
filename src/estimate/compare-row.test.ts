import assert from 'node:assert/strict';
import { test } from 'node:test';
import { beginChecks } from '../routing/checks/checks.ts';
import { answerView } from '../recordings/replay-attempt.ts';
import type { Trace, TraceAttempt } from '../traces/trace.ts';
import { compareRow, type ComparedRow } from './compare-row.ts';
import { agreementOf, lossOfServingAll } from './figures.ts';

const says = (answer: string | TraceAttempt): TraceAttempt =>
  typeof answer === 'string' ? { answer } : answer;
const calls = (name: string, text: string): TraceAttempt => ({
  answer: '',
  toolCalls: [{ name, arguments: text }],
});

function row(
  recorded: string | TraceAttempt,
  small: string | TraceAttempt,
  trace: Partial<Trace> = {},
): ComparedRow {
  const compared = compareRow(
    {
      id: 'q',
      group: 'g',
      prompt: 'Why?',
      ...trace,
      attempts: { recorded: says(recorded), small: says(small) },
    },
    {
      recorded: 'recorded',
      small: 'small',
      // No tools are offered here, so a call would fail a check of its own.
      vetoesOf: (answer) => (answer.toolCalls === undefined ? beginChecks(answerView(answer), {}).found : []),
      judge: 'judge',
    },
  );
  assert.ok(compared !== undefined);
  return compared;
}

test('answers are compared by what they are', () => {
  const rows: [string | TraceAttempt, string | TraceAttempt, string, string, Partial<Trace>?][] = [
    ['B', 'The answer is B.', 'choice', 'same'],
    ['B', 'C', 'choice', 'different'],
    ['42', '42.0', 'number', 'same'],
    ['42', '**43**', 'number', 'different'],
    ['{"a": 1, "b": [2]}', '```json\n{"b":[2],"a":1}\n```', 'json', 'same'],
    ['{"a": 1}', '{"a": 2}', 'json', 'different'],
    ['red, blue', 'blue, red', 'set', 'same', { check: 'set' }],
    ['She went to the barn.', 'she went to the barn', 'text', 'same'],
    ['A long story.\n\nIt ends well.', 'Another one.\n\nIt ends badly.', 'open', 'unknown'],
    [calls('add', '{"a":1,"b":2}'), calls('add', '{"b":2, "a":1}'), 'call', 'same'],
    [calls('add', '{"a":1}'), calls('add', '{"a":2}'), 'call', 'different'],
    [calls('add', '{"a":1}'), 'It is 3.', 'call', 'different'],
    [calls('add', 'no JSON "'), calls('add', 'no JSON "'), 'call', 'same'],
    ['yes', calls('add', '{}'), 'choice', 'different'],
  ];
  for (const [recorded, small, kind, sameness, trace] of rows) {
    const compared = row(recorded, small, trace);
    assert.deepEqual([compared.kind, compared.sameness], [kind, sameness], JSON.stringify([recorded, small]));
  }
});

test('an answer that fails a check is not the same, whatever it says', () => {
  const cut = row('42', { answer: '42', finish: 'length' });
  assert.deepEqual([cut.sameness, cut.vetoes], ['different', ['truncated']]);
  assert.equal(row('', '').sameness, 'different');
});

test('what is not known is told apart, also where a judge called it good; a verdict of another judge does not count', () => {
  const story = 'One.\n\nTwo.';
  const rows = [
    row('B', 'B'),
    row('B', 'C'),
    row(story, 'Three.\n\nFour.'),
    row(story, { answer: 'Three.\n\nFive.', verdict: 1, judge: 'judge' }),
    row(story, { answer: 'Three.\n\nSix.', verdict: 1, judge: 'other' }),
  ];
  const { same, different, unknown, judged, byKind } = agreementOf(rows);
  assert.deepEqual([same.count, different.count, unknown.count], [1, 1, 3]);
  assert.deepEqual(judged, { compared: 1, asGood: 1 });
  assert.deepEqual(byKind.open, { questions: 3, same: 0, different: 0, unknown: 3 });
  assert.ok(same.lower < 0.2 && same.upper > 0.2);
});

test('the loss of serving all is the mean of the scores’ differences, where enough have both', () => {
  const scored = (recorded: number, small: number): ComparedRow =>
    row({ answer: 'B', score: recorded }, { answer: 'B', score: small });
  const rows = [
    ...Array.from({ length: 15 }, () => scored(1, 1)),
    ...Array.from({ length: 5 }, () => scored(1, 0)),
  ];
  const loss = lossOfServingAll([...rows, row('B', 'C')]);
  assert.deepEqual([loss?.questions, loss?.value], [20, 0.25]);
  assert.ok(loss !== undefined && loss.lower < 0.25 && loss.upper > 0.25);
  assert.equal(lossOfServingAll(rows.slice(1)), undefined);
});
