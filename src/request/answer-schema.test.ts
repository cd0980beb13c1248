import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAnswerSchemas } from './answer-schema.ts';

const base = { model: 'm', messages: [{ role: 'user' }] };
const schemaFormat = (schema: unknown) => ({
  ...base,
  response_format: { type: 'json_schema', json_schema: { name: 'x', schema } },
});

function accepts(schema: unknown, value: unknown): boolean {
  const { json } = createAnswerSchemas()(schemaFormat(schema));
  assert.ok(typeof json === 'function');
  return json(value);
}

test('a request without a format or tools expects nothing', () => {
  assert.deepEqual(createAnswerSchemas()(base), {});
  assert.deepEqual(createAnswerSchemas()({ ...base, response_format: { type: 'text' }, tools: [] }), {});
});

test('any JSON object is asked for as such', () => {
  assert.equal(createAnswerSchemas()({ ...base, response_format: { type: 'json_object' } }).json, 'object');
});

test('a schema judges, formats included', () => {
  const schema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    type: 'object',
    properties: { day: { type: 'string', format: 'date' } },
    required: ['day'],
    additionalProperties: false,
  };
  assert.equal(accepts(schema, { day: '2026-11-24' }), true);
  assert.equal(accepts(schema, { day: 'soon' }), false);
  assert.equal(accepts(schema, { day: '2026-11-24', more: 1 }), false);
});

test('schemas of other clients with the same $id do not meet', () => {
  const answerSchemaOf = createAnswerSchemas();
  const one = answerSchemaOf(schemaFormat({ $id: 'same', type: 'string' })).json;
  const other = answerSchemaOf(schemaFormat({ $id: 'same', type: 'number' })).json;
  assert.ok(typeof one === 'function' && typeof other === 'function');
  assert.deepEqual([one('a'), one(1), other('a'), other(1)], [true, false, false, true]);
});

test('a schema that cannot be compiled judges nothing', () => {
  for (const schema of [
    { type: 'no such type' },
    { $ref: 'https://example.com/far.json' },
    { pattern: '(' },
    undefined,
    7,
  ]) {
    const { json } = createAnswerSchemas()(schemaFormat(schema));
    assert.ok(json === undefined || (typeof json === 'function' && json('anything')), JSON.stringify(schema));
  }
});

test('a pattern that could take for ever is not tried', () => {
  const schema = { type: 'string', pattern: '^(a+)+$' };
  assert.equal(accepts(schema, `${'a'.repeat(50)}b`), true);
  assert.equal(accepts({ type: 'string', pattern: '^[a-z]{2}[0-9]+$' }, 'ab12'), true);
  assert.equal(accepts({ type: 'string', pattern: '^[a-z]{2}[0-9]+$' }, 'abc'), false);
});

test('a schema is compiled once, and the oldest are forgotten', () => {
  const answerSchemaOf = createAnswerSchemas(1);
  const string = () => answerSchemaOf(schemaFormat({ type: 'string' })).json;
  const first = string();
  assert.equal(string(), first);
  answerSchemaOf(schemaFormat({ type: 'number' }));
  assert.notEqual(string(), first);
});

test('custom tools take any text, old-style functions what their parameters say', () => {
  const { tools } = createAnswerSchemas()({
    ...base,
    tools: [{ type: 'custom', custom: { name: 'sql' } }],
    functions: [{ name: 'find', parameters: { type: 'object', required: ['id'] } }, 'nonsense'],
  });
  assert.deepEqual([...(tools?.keys() ?? [])], ['sql', 'find']);
  assert.deepEqual(
    [tools?.get('sql')?.('select 1'), tools?.get('find')?.({}), tools?.get('find')?.({ id: 1 })],
    [true, false, true],
  );
  assert.deepEqual(createAnswerSchemas()({ ...base, functions: 'nonsense' }), {});
});

test('each tool has its validator; one without parameters takes anything', () => {
  const { tools } = createAnswerSchemas()({
    ...base,
    tools: [
      { type: 'function', function: { name: 'find', parameters: { type: 'object', required: ['id'] } } },
      { type: 'function', function: { name: 'now' } },
      { type: 'web_search' },
    ],
  });
  assert.deepEqual([...(tools?.keys() ?? [])], ['find', 'now']);
  assert.deepEqual(
    [tools?.get('find')?.({}), tools?.get('find')?.({ id: 1 }), tools?.get('now')?.({ any: 1 })],
    [false, true, true],
  );
});
