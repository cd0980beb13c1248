import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { openAsRead } from './repeated-keys.ts';

const asRead = (text: string): string => openAsRead(text, JSON.parse(text) as object).toString();

test('of a key that stands twice only the last place is left, at any depth', () => {
  assert.equal(asRead('{"a":1,"b":2,"a":3}'), '{"b":2,"a":3}');
  assert.equal(asRead('{"a":1, "\\u0061":2 ,"b":[1]}'), '{"\\u0061":2,"b":[1]}');
  assert.equal(
    asRead('{"messages":[{"role":"user","content":"read","content":"asked"},7]}'),
    '{"messages":[{"role":"user","content":"asked"},7]}',
  );
  assert.equal(
    asRead('{"a":[[{"b":1.0,"b":9007199254740993}]],"c":":"}'),
    '{"a":[[{"b":9007199254740993}]],"c":":"}',
  );
});

test('a text in which nothing stands twice stays byte for byte', () => {
  const text = ' { "a" : [ { "b" : 1.0 } , "x:y" ] , "__proto__" : { "c\\"" : { } } } ';
  assert.equal(asRead(text), text.trim());
});

test('for any members, the text means what JSON.parse reads, and no key stands twice', () => {
  const key = fc.constantFrom('a', 'b', '__proto__', '', '"', '\\u0061');
  const text = fc.letrec<{ any: string }>((tie) => ({
    any: fc.oneof(
      { maxDepth: 4 },
      fc.jsonValue({ maxDepth: 0 }).map((value) => JSON.stringify(value)),
      fc.array(tie('any'), { maxLength: 3 }).map((items) => `[ ${items.join(' , ')}]`),
      members(fc.tuple(key, tie('any'))),
    ),
  })).any;
  fc.assert(
    fc.property(members(fc.tuple(key, text)), (written) => {
      const read = asRead(written);
      assert.deepEqual(JSON.parse(read), JSON.parse(written));
      assert.equal(asRead(read), read);
      // Parsed with every place kept, it has as many keys as it is read with.
      const places = (each: string): number => {
        let count = 0;
        JSON.parse(each, (name, value: unknown) => {
          if (typeof value === 'object' && value !== null && !Array.isArray(value))
            count += Object.keys(value).length;
          return name === '' ? value : structuredClone(value);
        });
        return count;
      };
      assert.equal(places(read), places(written));
    }),
  );
});

function members(entry: fc.Arbitrary<[string, string]>): fc.Arbitrary<string> {
  return fc
    .array(entry, { maxLength: 4 })
    .map((list) => `{${list.map(([key, value]) => `${JSON.stringify(key)} : ${value}`).join(', ')}}`);
}
