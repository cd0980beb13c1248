import assert from 'node:assert/strict';
import { test } from 'node:test';
import { measureJson } from './measure-json.ts';

const refused = { code: 'invalid_request', message: /levels deep|more than \d+ (?:values|fields)/ };
const nested = (levels: number, [open, close]: readonly [string, string]): string =>
  open.repeat(levels) + close.repeat(levels);

for (const pair of [
  ['[', ']'],
  ['{"a":', '}'],
  ['[{"a":', '}]'],
] as const)
  test(`nesting of ${pair[0]}…${pair[1]} is refused from a depth on, however short or long the text is`, () => {
    const levels = pair[0].length === 6 ? 2 : 1;
    for (const depth of [520, 5_000, 500_000]) assert.throws(() => measureJson(nested(depth, pair)), refused);
    measureJson(nested(512 / levels, pair));
    measureJson(`[${`${nested(400 / levels, pair)},`.repeat(50)}1]`);
  });

test('brackets within strings nest nothing, whatever is escaped around them', () => {
  for (const text of ['[[[[', String.raw`\"[[`, String.raw`\\\"{{`, String.raw`[\\`])
    measureJson(`{"a":"${text.repeat(30_000)}"}`);
  assert.throws(() => measureJson(`["${'\\'.repeat(4)}",${nested(600, ['[', ']'])}]`), refused);
});

test('lists, objects, keys and entries are counted in long texts', () => {
  const long = `"${'x'.repeat(70_000)}"`;
  assert.equal(measureJson(`[${long},1,2,{"a":1,"b":[]}]`), 1 + 3 + 1 + 2 + 1 + 1);
});

test('a text with more values than any chat needs is refused', () => {
  assert.throws(() => measureJson(`[${'1,'.repeat(100_000)}1]`), refused);
  assert.ok(measureJson(`[${'1,'.repeat(90_000)}1]`) > 90_000);
});

test('a body with more fields than any chat has is refused, and one with as many members further in is not', () => {
  const members = Array.from({ length: 20_000 }, (_, place) => `"k${place}":1`).join(',');
  assert.throws(() => measureJson(`{${members}}`), { ...refused, message: /more than 1000 fields/ });
  measureJson(`{"metadata":{${members}}}`);
});

test('text that is no JSON is left to the parser', () => {
  for (const text of ['', '"'.repeat(70_001), ']'.repeat(70_000), '\\'.repeat(70_000)]) measureJson(text);
});
