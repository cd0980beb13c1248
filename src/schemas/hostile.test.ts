import assert from 'node:assert/strict';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { after, test } from 'node:test';
import { createSchemaJudge } from './judge.ts';
import { INLINE, JUDGED } from './limits.ts';
import { readSchema } from './read-schema.ts';
import { judgeInline } from './run.ts';
import { testedJudge, verdictOf, wordOf } from './testing.ts';

/** Far above any time that judging takes, far below what these inputs took: what is decided is that nothing is held up by them. */
const SANE_MS = 5_000;

const repeat = (count: number, text: string) => Array.from({ length: count }, () => text).join();
const times = <T>(count: number, of: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => of(index));
const json = JSON.stringify;
const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
const letters = json(`${'a'.repeat(5_000)}!`);

/** `a_i` is `of(a_{i+1})`. */
function chain(length: number, of: (next: object) => object, last: object = {}): object {
  const definitions = times(length, (index) => [`a${index}`, of({ $ref: `#/$defs/a${index + 1}` })] as const);
  return { $ref: '#/$defs/a0', $defs: { ...Object.fromEntries(definitions), [`a${length}`]: last } };
}

const cases: readonly (readonly [what: string, schema: unknown, text: string, verdict: string])[] = [
  [
    'an asynchronous schema, which is a word of one library',
    { $async: true, type: 'string' },
    '1',
    'does_not_fit',
  ],
  [
    'its fitting value',
    { $async: true, properties: { a: { $async: true, type: 'string' } } },
    '{"a":"x"}',
    'fits',
  ],
  ['^((a+))+$', { pattern: '^((a+))+$' }, letters, 'does_not_fit'],
  ['^(a+[)]?)+$', { pattern: '^(a+[)]?)+$' }, letters, 'does_not_fit'],
  ['^(a+(?:b)?)*(a?(c)?)*$', { pattern: '^(a+(?:b)?)*(a?(c)?)*$' }, letters, 'does_not_fit'],
  ['a*a*a*a*a*a*b', { pattern: 'a*a*a*a*a*a*b' }, letters, 'does_not_fit'],
  [
    'the same as the name of properties',
    { patternProperties: { '^((a+))+$': false } },
    json({ ['a'.repeat(99)]: 1 }),
    'does_not_fit',
  ],
  ['a pattern that is none', { pattern: '(' }, '"a"', 'invalid_schema'],
  ['a pattern longer than any text', { pattern: '((a{9999}){9999}){9999}' }, '"a"', 'does_not_fit'],
  [
    '32 definitions that double',
    chain(32, (next) => ({ allOf: [next, next] }), { type: 'string' }),
    '1',
    'does_not_fit',
  ],
  ['the same, fitting', chain(32, (next) => ({ allOf: [next, next] }), { type: 'number' }), '1', 'fits'],
  [
    'the same by anyOf',
    chain(32, (next) => ({ anyOf: [next, next] }), { type: 'string' }),
    '1',
    'does_not_fit',
  ],
  ['a chain of 5,000 references', chain(5_000, (next) => next, { type: 'string' }), '1', 'too_large'],
  [
    '20,000 objects that must be unique',
    { uniqueItems: true },
    json(times(20_000, (index) => ({ index }))),
    'fits',
  ],
  [
    '20,000 objects of which two are equal',
    { uniqueItems: true },
    json([...times(20_000, (index) => ({ index, a: 1 })), { a: 1, index: 7 }]),
    'does_not_fit',
  ],
  ['a schema that is itself', { $ref: '#' }, '1', 'reference_loop'],
  ['one among its own alternatives', { anyOf: [{ type: 'null' }, { $ref: '#' }] }, '1', 'reference_loop'],
  [
    'a loop through allOf',
    { $ref: '#/$defs/a', $defs: { a: { allOf: [{ $ref: '#/$defs/b' }] }, b: { $ref: '#/$defs/a' } } },
    '1',
    'reference_loop',
  ],
  ['a loop through if', { if: { $ref: '#' }, then: false }, '1', 'reference_loop'],
  ['a loop through not', { not: { not: { $ref: '#' } } }, '1', 'reference_loop'],
  [
    'a loop through a dependent schema',
    { dependentSchemas: { a: { $ref: '#' } } },
    '{"a":1}',
    'reference_loop',
  ],
  [
    'a schema that contains itself',
    { properties: { a: { $ref: '#' } }, type: 'object' },
    '{"a":{"a":{"a":1}}}',
    'does_not_fit',
  ],
  ['the same, fitting', { properties: { a: { $ref: '#' } }, type: 'object' }, '{"a":{"a":{"a":{}}}}', 'fits'],
  [
    'names of properties judged by the whole',
    { propertyNames: { $ref: '#' }, minLength: 2 },
    '{"a":1}',
    'does_not_fit',
  ],
  ['a far reference', { $ref: 'https://example.com/schema.json' }, '1', 'remote_reference'],
  ['a far reference in a file', { $ref: 'file:///etc/passwd' }, '1', 'remote_reference'],
  [
    'a far reference relative to a $id',
    { $id: 'https://example.com/a/', $ref: 'b' },
    '1',
    'remote_reference',
  ],
  ['the dialect of dialects', { $ref: 'http://json-schema.org/draft-07/schema#' }, '1', 'remote_reference'],
  ['a reference to nothing', { $ref: '#/$defs/a' }, '1', 'invalid_schema'],
  ['a reference to what every object has', { $ref: '#/constructor' }, '1', 'invalid_schema'],
  ['a reference that is no text', { $ref: { a: 1 } }, '1', 'invalid_schema'],
  ['a reference that is no URL', { $ref: 'http://[' }, '1', 'invalid_schema'],
  ['a $id of 100,000 characters', { $id: 'a'.repeat(100_000), $ref: 'b' }, '1', 'too_large'],
  ['an unknown dialect', { $schema: 'https://example.com/dialect' }, '1', 'unsupported'],
  [
    'a dynamic reference in one resource',
    { $dynamicRef: '#n', $defs: { a: { $dynamicAnchor: 'n', type: 'string' } } },
    '1',
    'does_not_fit',
  ],
  [
    'a dynamic reference among resources',
    { $dynamicRef: '#n', $defs: { a: { $id: 'a', $dynamicAnchor: 'n' } } },
    '1',
    'unsupported',
  ],
  [
    'a recursive reference',
    { properties: { a: { $recursiveRef: '#' } }, additionalProperties: false },
    '{"a":{"b":1}}',
    'does_not_fit',
  ],
  ['an anchor', { $ref: '#n', $defs: { a: { $anchor: 'n', type: 'string' } } }, '1', 'does_not_fit'],
  [
    'a $id that is referred to',
    {
      $id: 'https://example.com/a',
      $ref: 'b#/$defs/c',
      $defs: { b: { $id: 'b', $defs: { c: { type: 'string' } } } },
    },
    '1',
    'does_not_fit',
  ],
  [
    'a reference within an inner resource',
    {
      $ref: '#/$defs/b',
      $defs: { b: { $id: 'b', $ref: '#/$defs/c', $defs: { c: { type: 'string' } } }, c: {} },
    },
    '1',
    'does_not_fit',
  ],
  [
    'a pointer into an inner resource',
    {
      $ref: '#/$defs/b/$defs/c',
      $defs: { b: { $id: 'b', $defs: { c: { $ref: '#/$defs/d' }, d: { type: 'string' } } }, d: {} },
    },
    '1',
    'does_not_fit',
  ],
  [
    'members of another interpreter',
    { $ref: '#/$defs/a', __absolute_ref__: 'x', __absolute_uri__: 'x', $defs: { a: { type: 'number' } } },
    '1',
    'fits',
  ],
  ['a required __proto__', '{"required":["__proto__"]}', '{}', 'does_not_fit'],
  [
    'a __proto__ that is there',
    '{"required":["__proto__"],"properties":{"__proto__":{"type":"string"}}}',
    '{"__proto__":"x"}',
    'fits',
  ],
  [
    'a __proto__ that does not fit',
    '{"properties":{"__proto__":{"type":"string"}}}',
    '{"__proto__":1}',
    'does_not_fit',
  ],
  [
    'a __proto__ as the schema of properties',
    '{"properties":{"a":{"__proto__":{"type":"string"}}}}',
    '{"a":1}',
    'fits',
  ],
  ['a __proto__ that is not allowed', '{"additionalProperties":false}', '{"__proto__":1}', 'does_not_fit'],
  [
    'a __proto__ that was evaluated',
    '{"properties":{"__proto__":true},"unevaluatedProperties":false}',
    '{"__proto__":1}',
    'fits',
  ],
  ['a required toString', { required: ['toString', 'constructor'] }, '{}', 'does_not_fit'],
  ['a property of every object', { properties: { toString: { type: 'string' } } }, '{}', 'fits'],
  [
    'keywords of every object',
    '{"constructor":1,"toString":2,"hasOwnProperty":3,"valueOf":4,"__proto__":5}',
    '1',
    'fits',
  ],
  ['a value 500,000 deep', { type: 'array' }, nested(500_000), 'fits'],
  ['the same, compared', { const: [[1]] }, nested(500_000), 'does_not_fit'],
  ['the same, in a schema that contains itself', { items: { $ref: '#' } }, nested(500_000), 'too_large'],
  ['the same, unique', { items: { uniqueItems: true } }, `[[${nested(500_000)}]]`, 'too_large'],
  [
    'a schema 500,000 deep',
    JSON.parse(`${'{"not":'.repeat(500_000)}{}${'}'.repeat(500_000)}`),
    '1',
    'too_large',
  ],
  ['the same as text', `${'{"not":'.repeat(50_000)}{}${'}'.repeat(50_000)}`, '1', 'too_large'],
  ['a schema 500 deep', JSON.parse(`${'{"not":'.repeat(500)}{}${'}'.repeat(500)}`), '1', 'fits'],
  ['a schema of 10 MB', { description: 'x'.repeat(10_000_000) }, '1', 'too_large'],
  ['a schema with keys of 10 MB', { ['x'.repeat(10_000_000)]: 1 }, '1', 'too_large'],
  ['300,000 alternatives', { anyOf: times(300_000, () => true) }, '1', 'too_large'],
  ['50,000 values to choose from', { enum: times(50_000, String) }, '"49999"', 'fits'],
  ['50,000 objects to choose from', { enum: times(40_000, (a) => ({ a })) }, '{"a":-1}', 'does_not_fit'],
  ['an empty list of values', { enum: [] }, '1', 'invalid_schema'],
  ['a number beyond doubles', { type: 'number' }, '1e400', 'does_not_fit'],
  ['the same without a type', { maximum: 1 }, '1e400', 'fits'],
  ['a bound beyond doubles', '{"maximum":1e400,"minimum":-1e400}', '7', 'fits'],
  ['a length beyond doubles', '{"minLength":1e400}', '"a"', 'invalid_schema'],
  ['a divisor beyond doubles', '{"multipleOf":1e400}', '1', 'does_not_fit'],
  ['a divisor that is next to nothing', { multipleOf: 1e-300 }, '1', 'fits'],
  ['the same, for a number that is huge', { multipleOf: 1e-300 }, '1.7976931348623157e308', 'fits'],
  ['the same, for one that is no multiple', { multipleOf: 3e-300 }, '1', 'does_not_fit'],
  ['the least double', { multipleOf: 5e-324 }, '0.1', 'fits'],
  ['a divisor that is nothing', '{"multipleOf":1e-400}', '1', 'invalid_schema'],
  ['a surrogate without its half', { minLength: 2 }, '"\\ud800"', 'does_not_fit'],
  ['two of them in the wrong order', { minLength: 2, maxLength: 2 }, '"\\udc00\\ud800"', 'fits'],
  ['both halves, which are one character', { minLength: 2 }, '"\\ud83d\\ude00"', 'does_not_fit'],
  [
    'a surrogate in a key',
    '{"properties":{"\\ud800":{"type":"string"}},"required":["\\ud800"]}',
    '{"\\ud800":1}',
    'does_not_fit',
  ],
  ['a surrogate in a pattern', { pattern: '^\ud800$' }, '"\\ud800"', 'fits'],
  ['true', true, '1', 'fits'],
  ['false', false, '1', 'does_not_fit'],
  ['false within', { items: false }, '[1]', 'does_not_fit'],
  ['a schema that is a number', 7, '1', 'invalid_schema'],
  ['a schema that is a list', [], '1', 'invalid_schema'],
  ['a schema that is no JSON', '{', '1', 'invalid_schema'],
  ['a schema that is null', null, '1', 'invalid_schema'],
  ['a type that is none', { type: 'no such type' }, '1', 'invalid_schema'],
  ['alternatives that are none', { anyOf: { a: 1 } }, '1', 'invalid_schema'],
  ['required as it was once', { properties: { a: { required: true } } }, '{"a":1}', 'invalid_schema'],
  ['a value of 2 MB', { type: 'string' }, json('x'.repeat(2_000_000)), 'too_large'],
];

const shared = createSchemaJudge({ maxWaitMs: 60_000, deadlineMs: 20_000, msPerMinute: 1e12 });
after(() => shared.close());

for (const [what, schema, text, verdict] of cases) {
  test(`a hostile input has a clear verdict: ${what}`, async () => {
    const delay = monitorEventLoopDelay({ resolution: 10 });
    delay.enable();
    assert.equal(await verdictOf(shared, schema, text), verdict);
    delay.disable();
    assert.ok(delay.max / 1e6 < SANE_MS, `the event loop was held up for ${delay.max / 1e6} ms`);
  });
}

test('one process has judged all of them', () => {
  assert.equal(shared.state.processesStarted, 1);
});

test('a pattern that only a deadline can stop is late, and what comes after it is judged', async (context) => {
  const judge = testedJudge(context, { deadlineMs: 2_000 });
  for (const pattern of ['^(?=(a+)+$)b', '^(a+)+\\1$', '(((a{0,99}){0,99}){0,99}){0,99}b', '^(\\u0061+)+$']) {
    assert.equal(await verdictOf(judge, { pattern }, letters), 'late', pattern);
  }
  assert.equal(await verdictOf(judge, { pattern: '^a+!$' }, letters), 'fits');
});

test('a schema whose evaluations double with the depth of the value is late', async (context) => {
  const judge = testedJudge(context, { deadlineMs: 1_000 });
  const schema = chain(40, (next) => ({
    allOf: [{ items: next }, { items: next }],
    anyOf: [{ items: next }, {}],
  }));
  const deep = `[0,${'[0,'.repeat(40)}0${']'.repeat(40)}]`;
  assert.equal(await verdictOf(judge, schema, deep), 'late');
});

test('properties by the thousand are read and judged in steps that grow with their number', () => {
  const stepsOf = (count: number) => {
    const properties = Object.fromEntries(times(count, (index) => [`p${index}`, { type: 'string' }]));
    const { root, nodes } = readSchema({
      properties,
      required: Object.keys(properties),
      additionalProperties: false,
    });
    assert.equal(nodes, count + 2);
    const value = Object.fromEntries(Object.keys(properties).map((name) => [name, 'x']));
    let steps = 0;
    assert.equal(judgeInline(root, value, (taken) => (steps = taken))?.verdict, 'fits');
    return steps;
  };
  const [few, double] = [stepsOf(1_000), stepsOf(2_000)];
  assert.ok(double <= 2 * few && double >= 1.9 * few, `${few} and ${double} steps`);
});

test('10,000 properties are judged elsewhere, and 10,000 tools as turns of the event loop allow', async (context) => {
  const judge = testedJudge(context);
  const properties = Object.fromEntries(times(10_000, (index) => [`p${index}`, { type: 'string' }]));
  assert.equal(await verdictOf(judge, { properties }, '{"p9999":1}'), 'does_not_fit');
  assert.equal(judge.state.processesStarted, 1);
  for (let tool = 0; tool < 10_000; tool += 1) {
    const schema = { type: 'object', properties: { [`a${tool}`]: { type: 'string' } } };
    assert.equal(wordOf(await judge.judge({ schema, value: {}, text: '{}', key: 'k' })), 'fits');
  }
});

test('no value takes more steps inline than its budget, and one call more', () => {
  const schema = {
    items: { required: times(1_000, String), properties: { a: { const: times(100, (index) => index) } } },
  };
  const { root } = readSchema(schema);
  const value: unknown = JSON.parse(`[${repeat(30_000, '{}')}]`);
  let steps = 0;
  // The first element settles it.
  assert.equal(judgeInline(root, value, (taken) => (steps = taken))?.verdict, 'does_not_fit');
  assert.ok(steps < 2_000);
  const lenient = readSchema({ items: { anyOf: [schema.items, {}] } }).root;
  assert.equal(
    judgeInline(lenient, value, (taken) => (steps = taken)),
    undefined,
  );
  assert.ok(steps >= INLINE.steps && steps <= INLINE.steps + 1_000, `${steps} steps`);
});

test('a thousand calls of one large tool do not hold up the event loop: once a turn has done enough, the process judges', async (context) => {
  const judge = testedJudge(context);
  const schema = { anyOf: [{ required: times(10_000, String) }, {}] };
  const asked = times(1_000, (index) =>
    judge.judge({ schema, value: { index }, text: json({ index }), key: 'k' }),
  );
  const inline = asked.filter((each) => !(each instanceof Promise)).length;
  assert.ok(inline >= 20 && inline <= 60, `${inline} were judged inline`);
  for (const each of asked) assert.equal(wordOf(await each), 'fits');
  const next = judge.judge({ schema, value: {}, text: '{}', key: 'k' });
  assert.ok(!(next instanceof Promise), 'in another turn');
});

test('what is too long inline is judged elsewhere', async (context) => {
  const judge = testedJudge(context);
  const schema = { items: { anyOf: [{ required: times(1_000, String) }, {}] } };
  assert.equal(await verdictOf(judge, schema, `[${repeat(3_000, '{}')}]`), 'fits');
  assert.equal(judge.state.processesStarted, 1);
  const { judge: ask } = judge;
  const text = json('x'.repeat(INLINE.valueText));
  assert.ok(ask({ schema: { type: 'string' }, value: JSON.parse(text), text, key: 'k' }) instanceof Promise);
});

test('hundreds of distinct large schemas take no more memory than the cache may', (context) => {
  const judge = testedJudge(context, { maxCachedBytes: 4_000_000 });
  const ask = (schema: unknown) => judge.judge({ schema, value: 1, text: '1', key: 'k' });
  for (let index = 0; index < 215; index += 1) {
    assert.deepEqual(ask({ title: String(index), description: 'x'.repeat(10_000_000) }), {
      verdict: 'not_judged',
      reason: 'too_large',
    });
  }
  assert.equal(judge.state.cachedBytes, 0);
  for (let index = 0; index < 300; index += 1) {
    const asked = ask({ title: String(index), enum: times(1_000, (each) => `${index} ${each}`) });
    assert.ok(!(asked instanceof Promise));
    assert.ok(judge.state.cachedBytes <= 4_000_000);
  }
  assert.ok(judge.state.cachedBytes > 3_000_000);
});

test('a schema over the limits is told before it is written or hashed, and starts no process', (context) => {
  const judge = testedJudge(context);
  const wide = { anyOf: times(JUDGED.schemaValues, () => ({})) };
  const judgement = judge.judge({ schema: wide, value: 1, text: '1', key: 'k' });
  assert.ok(!(judgement instanceof Promise) && wordOf(judgement) === 'too_large');
  assert.equal(judge.state.processesStarted, 0);
});
