import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { namedSchema } from './named-schema.ts';

const schema = z.strictObject({ groups: namedSchema(z.array(z.number())) });

test('every name is kept, those of the language included', () => {
  const text = '{"groups":{"__proto__":[1],"constructor":[2],"law":[3],"":[4]}}';
  const read = schema.parse(JSON.parse(text));
  assert.equal(JSON.stringify(read), text);
  assert.deepEqual(Object.keys(read.groups), ['__proto__', 'constructor', 'law', '']);
});

test('a value that does not fit is named with its path', () => {
  const { error } = schema.safeParse({ groups: { law: [1], tax: [1, 'two'] } });
  assert.deepEqual(
    error?.issues.map(({ path }) => path),
    [['groups', 'tax', 1]],
  );
  for (const groups of [[], 'law', null, undefined, 3])
    assert.equal(schema.safeParse({ groups }).success, false);
});
