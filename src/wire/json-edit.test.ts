import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createJsonEdit } from './json-edit.ts';

const edited = (text: string, change: (edit: ReturnType<typeof createJsonEdit>) => void): string => {
  const edit = createJsonEdit(text);
  change(edit);
  return edit.toString();
};

test('a member is replaced and everything else keeps its spelling', () => {
  const text = '{ "id" : "a",\n\t"n": 1.0e+2, "x":{"y":[1, 2 ,3]} }';
  assert.equal(
    edited(text, (edit) => edit.set('id', '"b"')),
    '{ "id" : "b",\n\t"n": 1.0e+2, "x":{"y":[1, 2 ,3]} }',
  );
});

test('without a change the text is the same', () => {
  const text = '{"a" : [ ] , "b": -0.0}';
  assert.equal(
    edited(text, () => {}),
    text,
  );
});

test('a new member stands at the end, also in an empty object', () => {
  assert.equal(
    edited('{"a":1}', (edit) => edit.set('b', '2')),
    '{"a":1,"b":2}',
  );
  assert.equal(
    edited('{ }', (edit) => edit.set('b', '2')),
    '{"b":2}',
  );
});

test('a deleted member takes one comma with it, wherever it stood', () => {
  const text = '{"a":1, "b":2, "c":3}';
  assert.equal(
    edited(text, (edit) => edit.delete('a')),
    '{"b":2, "c":3}',
  );
  assert.equal(
    edited(text, (edit) => edit.delete('b')),
    '{"a":1, "c":3}',
  );
  assert.equal(
    edited(text, (edit) => edit.delete('c')),
    '{"a":1, "b":2}',
  );
});

test('all members deleted and one added gives an object of one', () => {
  const text = edited('{"a":1,"b":2}', (edit) => {
    edit.delete('a');
    edit.delete('b');
    edit.set('c', '3');
  });
  assert.equal(text, '{"c":3}');
});

test('every place of a key that stands twice is changed', () => {
  assert.equal(
    edited('{"model":"x","model":"y"}', (edit) => edit.set('model', '"z"')),
    '{"model":"z","model":"z"}',
  );
  assert.equal(
    edited('{"k":1,"model":"x","model":"y"}', (edit) => edit.delete('model')),
    '{"k":1}',
  );
});

test('a key written with escapes is found', () => {
  assert.equal(
    edited('{"mod\\u0065l":"x"}', (edit) => edit.set('model', '"z"')),
    '{"mod\\u0065l":"z"}',
  );
});

test('braces, quotes and backslashes inside strings confuse nothing', () => {
  const text = '{"s":"}\\"]{\\\\","t":"\\\\","id":"x"}';
  assert.equal(
    edited(text, (edit) => edit.set('id', '1')),
    '{"s":"}\\"]{\\\\","t":"\\\\","id":1}',
  );
});

test('nested members go from each item of an array', () => {
  const text = '{"choices":[{"a":1,"logprobs":{"content":[1,2]}}, {"logprobs":null,"a":2.50}],"z":1}';
  const result = edited(text, (edit) => edit.editEach('choices', (choice) => choice.delete('logprobs')));
  assert.equal(result, '{"choices":[{"a":1}, {"a":2.50}],"z":1}');
});

test('an array keeps its first items', () => {
  const cut = (length: number) => edited('{"t":[ {"a":1.0}, 2, 3 ]}', (edit) => edit.truncate('t', length));
  assert.equal(cut(1), '{"t":[ {"a":1.0}]}');
  assert.equal(cut(0), '{"t":[]}');
  assert.equal(cut(3), '{"t":[ {"a":1.0}, 2, 3 ]}');
});

test('editing what is missing or of another kind does nothing', () => {
  const text = '{"a":1,"b":null}';
  const result = edited(text, (edit) => {
    edit.edit('a', (inner) => inner.set('x', '1'));
    edit.editEach('b', (inner) => inner.set('x', '1'));
    edit.truncate('c', 0);
    edit.delete('d');
  });
  assert.equal(result, text);
});

const spaced = fc.tuple(
  fc.dictionary(fc.string({ unit: 'binary', maxLength: 8 }), fc.jsonValue(), {
    maxKeys: 6,
    noNullPrototype: true,
  }),
  fc.constantFrom(undefined, 1, '\t', '  '),
);

test('for any object, set and delete mean what they mean to JSON.parse', () => {
  fc.assert(
    fc.property(spaced, fc.nat(5), fc.jsonValue(), ([object, space], which, value) => {
      // JSON.stringify drops -0, and a parsed object is what both sides are compared with.
      const text = JSON.stringify(object, undefined, space);
      const expected = JSON.parse(text) as Record<string, unknown>;
      const key = Object.keys(expected)[which] ?? 'fresh';
      const replaced = JSON.parse(edited(text, (edit) => edit.set(key, JSON.stringify(value)))) as unknown;
      const plain = JSON.parse(JSON.stringify(value)) as unknown;
      assert.deepEqual(
        replaced,
        Object.fromEntries([...Object.entries(expected).filter(([name]) => name !== key), [key, plain]]),
      );
      const deleted = JSON.parse(edited(text, (edit) => edit.delete(key))) as unknown;
      assert.deepEqual(
        deleted,
        Object.fromEntries(Object.entries(expected).filter(([name]) => name !== key)),
      );
    }),
  );
});

test('for any array of objects, every item is edited and nothing else', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue(), { maxLength: 5 }), fc.constantFrom(undefined, 2), (items, space) => {
      const text = JSON.stringify({ a: 1, items }, undefined, space);
      const result = JSON.parse(
        edited(text, (edit) => edit.editEach('items', (item) => item.set('~', '0'))),
      ) as { items: unknown[] };
      const isObject = (item: unknown): item is object =>
        typeof item === 'object' && item !== null && !Array.isArray(item);
      const expected = (JSON.parse(text) as { items: unknown[] }).items.map((item) =>
        isObject(item) ? { ...item, '~': 0 } : item,
      );
      assert.deepEqual(result.items, expected);
    }),
  );
});

test('a further change of a member goes on from the one before', () => {
  const twice = edited('{"a":{"b":1},"c":[{"d":1}]}', (edit) => {
    edit.edit('a', (member) => member.set('e', '2'));
    edit.edit('a', (member) => member.set('b', '3'));
    edit.editEach('c', (item) => item.set('e', '2'));
    edit.editEach('c', (item) => item.set('d', '[1,2]'));
    edit.editEach('c', (item) => item.truncate('d', 1));
  });
  assert.equal(twice, '{"a":{"b":3,"e":2},"c":[{"d":[1],"e":2}]}');
});
