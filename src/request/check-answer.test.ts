import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FITS, DOES_NOT_FIT, notJudged, type SchemaJudgement } from '../schemas/judgement.ts';
import { checkAnswer } from './check-answer.ts';
import { readExpectations } from './expectations.ts';
import type { RequestState } from './request-state.ts';

const request = {
  model: 'm',
  messages: [{ role: 'user' }],
  tools: [{ type: 'function', function: { name: 'read', parameters: {} } }],
};

/** Checks an answer of so many calls with these judgements, one after the other; a promise where it says so. */
function check(
  judgements: readonly (SchemaJudgement | Promise<SchemaJudgement>)[],
  calls = judgements.length,
) {
  const counted: SchemaJudgement[] = [];
  const keys = new Set<string>();
  const abort = new AbortController();
  const left = [...judgements];
  const checked = checkAnswer(
    {
      schemaJudge: {
        judge({ key }) {
          keys.add(key);
          return left.shift() ?? FITS;
        },
      },
      metrics: {
        attempt() {},
        notMade() {},
        auditCall() {},
        schemaJudged: (judgement) => void counted.push(judgement),
      },
      log: { debug() {}, info() {}, warn() {}, error() {} },
    },
    // Only these parts of a request are looked at.
    {
      asked: { tenant: 'ada', requestId: 'r', expected: readExpectations(request), route: { policy: {} } },
      abort,
    } as unknown as RequestState,
    { text: '', toolCalls: Array.from({ length: calls }, () => ({ name: 'read', arguments: '{}' })) },
  );
  return { checked, counted, keys, abort };
}

const later = (judgement: SchemaJudgement): Promise<SchemaJudgement> => Promise.resolve(judgement);

test('what is judged at once costs no promise', () => {
  const { checked, counted, keys } = check([FITS, FITS]);
  assert.deepEqual(checked, { vetoes: [] });
  assert.deepEqual([counted, [...keys]], [[FITS, FITS], ['ada']]);
});

test('judgements that come later are waited for, in their order', async () => {
  const { checked, counted } = check([FITS, later(FITS), FITS, later(DOES_NOT_FIT)]);
  assert.ok(checked instanceof Promise);
  assert.deepEqual(await checked, { vetoes: ['invalid_tool_call'] });
  assert.deepEqual(counted, [FITS, FITS, FITS, DOES_NOT_FIT]);
});

test('after a veto nothing more is judged', async () => {
  const now = check([DOES_NOT_FIT, FITS]);
  assert.deepEqual([now.checked, now.counted.length], [{ vetoes: ['invalid_tool_call'] }, 1]);
  const waited = check([later(notJudged('late')), FITS]);
  assert.deepEqual(await waited.checked, { vetoes: ['schema_not_judged'], schemaNotJudged: ['late'] });
  assert.equal(waited.counted.length, 1);
});

test('a schema that can never be judged is told once, and vetoes nothing', () => {
  const unusable = notJudged('invalid_schema');
  assert.deepEqual(check([unusable, unusable]).checked, { vetoes: [], schemaNotJudged: ['invalid_schema'] });
});

test('nothing more is judged for a request that has ended', async () => {
  const { checked, counted, abort } = check([later(FITS), later(FITS), later(FITS)]);
  abort.abort();
  await checked;
  assert.equal(counted.length, 1);
});

test('half a million calls are judged in time proportional to their number', async () => {
  const { checked, counted } = check([later(FITS)], 500_000);
  assert.deepEqual(await checked, { vetoes: [] });
  assert.equal(counted.length, 500_000);
});
