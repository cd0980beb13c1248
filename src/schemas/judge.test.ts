import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { createSchemaJudge } from './judge.ts';
import { testedJudge, verdictOf, wordOf } from './testing.ts';

const PERSON = { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] };

test('the usual case is judged at once, without a promise and without a process', (context) => {
  const judge = testedJudge(context);
  const ask = (schema: unknown, value: unknown) => {
    const judgement = judge.judge({ schema, value, text: JSON.stringify(value), key: 'k' });
    assert.ok(!(judgement instanceof Promise));
    return wordOf(judgement);
  };
  assert.equal(ask(PERSON, { name: 'Ada' }), 'fits');
  assert.equal(ask(JSON.stringify(PERSON), { name: 7 }), 'does_not_fit');
  assert.equal(ask(PERSON, {}), 'does_not_fit');
  assert.equal(judge.state.processesStarted, 0);
});

test('a schema is read once, parsed or as text', (context) => {
  const judge = testedJudge(context);
  const question = { value: { name: 'Ada' }, text: '{"name":"Ada"}', key: 'k' };
  const ask = (schema: unknown) => void judge.judge({ ...question, schema });
  ask(PERSON);
  const { cachedBytes } = judge.state;
  assert.ok(cachedBytes > 0);
  ask(structuredClone(PERSON));
  ask(JSON.stringify(PERSON));
  assert.equal(judge.state.cachedBytes, cachedBytes);
  ask({ ...PERSON, title: 'x'.repeat(2_000) });
  assert.ok(judge.state.cachedBytes > cachedBytes);
});

test('a client who changes nothing of a schema but its $id does not meet another', async (context) => {
  const judge = testedJudge(context);
  assert.equal(await verdictOf(judge, { $id: 'same', type: 'string' }, '1'), 'does_not_fit');
  assert.equal(await verdictOf(judge, { $id: 'same', type: 'number' }, '1'), 'fits');
  assert.equal(await verdictOf(judge, { $id: 'same', format: 'date' }, '"soon"'), 'does_not_fit');
  assert.equal(await verdictOf(judge, { $id: 'same', format: 'email' }, '"a@b.example"'), 'fits');
});

test('what is wrong with a schema is found once, and not asked again', async (context) => {
  const judge = testedJudge(context);
  const schema = { $ref: 'https://example.com/schema.json' };
  assert.equal(await verdictOf(judge, schema, '1'), 'remote_reference');
  const again = judge.judge({ schema, value: 1, text: '1', key: 'k' });
  assert.ok(!(again instanceof Promise) && wordOf(again) === 'remote_reference');
});

test('what must not happen is told, and nothing is judged', () => {
  const errors: unknown[] = [];
  const judge = createSchemaJudge({ onError: (error) => errors.push(error) });
  const schema = {
    toJSON() {
      throw new TypeError('not JSON');
    },
  };
  assert.deepEqual(judge.judge({ schema, value: 1, text: '1', key: 'k' }), {
    verdict: 'not_judged',
    reason: 'unavailable',
  });
  assert.ok(errors[0] instanceof TypeError);
  judge.close();
});

const cases: readonly (readonly [what: string, schema: unknown, text: string, verdict: string])[] = [
  ['a nullable value as OpenAPI writes it', { type: 'string', nullable: true }, 'null', 'fits'],
  ['a nullable list of types', { type: ['string'], nullable: true }, 'null', 'fits'],
  ['an excluded minimum as draft 4 writes it', { minimum: 1, exclusiveMinimum: true }, '1', 'does_not_fit'],
  ['one that is not excluded', { minimum: 1, exclusiveMinimum: false }, '1', 'fits'],
  ['an excluded maximum as draft 4 writes it', { maximum: 1, exclusiveMaximum: true }, '1', 'does_not_fit'],
  ['a bound beside an excluding one', { maximum: 5, exclusiveMaximum: 3 }, '3', 'does_not_fit'],
  ['a whole number that was written with a point', { type: 'integer' }, '1.0', 'fits'],
  [
    'what is beside a reference in draft 7',
    {
      $schema: 'http://json-schema.org/draft-07/schema#',
      definitions: { a: {} },
      allOf: [{ $ref: '#/definitions/a', type: 'string' }],
    },
    '1',
    'fits',
  ],
  [
    'what is beside it since',
    {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      $defs: { a: {} },
      allOf: [{ $ref: '#/$defs/a', type: 'string' }],
    },
    '1',
    'does_not_fit',
  ],
  [
    'a tuple of either form',
    { items: [{ type: 'number' }], additionalItems: false },
    '[1,2]',
    'does_not_fit',
  ],
  ['a tuple with prefixItems', { prefixItems: [{ type: 'number' }], items: false }, '[1]', 'fits'],
  [
    'a pointer with escapes',
    { $ref: '#/$defs/a~1b%25~0', $defs: { 'a/b%~': { type: 'string' } } },
    '1',
    'does_not_fit',
  ],
  [
    'a pointer without the escapes that it needs',
    { $ref: '#/$defs/100%', $defs: { '100%': { type: 'string' } } },
    '1',
    'does_not_fit',
  ],
  [
    'a pointer into what is no keyword',
    { $ref: '#/components/schemas/A', components: { schemas: { A: { type: 'string' } } } },
    '1',
    'does_not_fit',
  ],
  ['a pointer into a list', { $ref: '#/anyOf/1', anyOf: [{}, { type: 'string' }] }, '1', 'does_not_fit'],
  ['a date', { format: 'date' }, '"2026-02-29"', 'does_not_fit'],
  ['a time', { format: 'date-time' }, '"2026-11-30T20:00:00Z"', 'fits'],
  ['a whole number of 32 bits', { format: 'int32' }, '3000000000', 'does_not_fit'],
  ['a format of texts, for a number', { format: 'email' }, '1', 'fits'],
  ['a password, which may be anything', { format: 'password' }, '"x"', 'fits'],
  ['a format of every object', { format: 'constructor' }, '"x"', 'fits'],
  ['a pattern for characters of any plane', { pattern: '^.$' }, '"😀"', 'fits'],
  ['a pattern of letters', { pattern: '^\\p{L}+$' }, '"ångström"', 'fits'],
  ['a pattern that is none with Unicode', { pattern: '^[\\w-.]+$' }, '"a-b.c"', 'fits'],
  ['a pattern that finds its text anywhere', { pattern: 'b' }, '"abc"', 'fits'],
];

const shared = createSchemaJudge({ maxWaitMs: 60_000, deadlineMs: 20_000 });
after(() => shared.close());

for (const [what, schema, text, verdict] of cases) {
  test(`what clients write is understood: ${what}`, async () => {
    assert.equal(await verdictOf(shared, schema, text), verdict);
  });
}
