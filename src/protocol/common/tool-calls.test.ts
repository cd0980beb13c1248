import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ToolCallPart } from './chat.ts';
import { createCallPlaces } from './tool-calls.ts';

/** Pieces as servers send them, nonsense among them. */
type Piece = Omit<ToolCallPart, 'index'> & { index?: unknown };

function placesOf(...lists: Piece[][]): number[][] {
  const places = createCallPlaces();
  return lists.map((list) => places.placesOf(list as ToolCallPart[]));
}

const named = (name: string, text = ''): Piece => ({ function: { name, arguments: text } });
const more = (text: string): Piece => ({ function: { arguments: text } });

test('pieces with the right index go where it says', () => {
  assert.deepEqual(
    placesOf(
      [{ index: 0, id: 'a', ...named('f', '{') }],
      [{ index: 1, id: 'b', ...named('g', '{') }],
      [
        { index: 0, ...more('}') },
        { index: 1, ...more('}') },
      ],
    ),
    [[0], [1], [0, 1]],
  );
});

test('another id begins another call, whatever its index', () => {
  for (const index of [0, undefined, null, -1, 'x', 0.5])
    assert.deepEqual(
      placesOf(
        [{ index, id: 'a', ...named('f', '{') }],
        [{ index, ...more('}') }],
        [{ index, id: 'b', ...named('f', '{') }],
        [{ index, ...more('}') }],
      ),
      [[0], [0], [1], [1]],
    );
});

test('the same id again goes on with its call, and so does a new id that comes with arguments alone', () => {
  assert.deepEqual(
    placesOf(
      [{ id: 'a', ...named('f', '{') }],
      [{ id: 'b', ...named('g', '{}') }],
      [{ id: 'a', ...more('}') }],
    ),
    [[0], [1], [0]],
  );
  assert.deepEqual(
    placesOf([{ index: 0, id: 'a', ...named('f', '{') }], [{ index: 0, id: 'z', ...more('}') }]),
    [[0], [0]],
  );
});

test('without ids a name begins another call once the one before is whole; a name said again before does not', () => {
  for (const index of [0, undefined])
    assert.deepEqual(
      placesOf(
        [{ index, ...named('f', '{"a":"}{"') }],
        [{ index, ...named('f', '}') }],
        [{ index, ...named('f', '{}') }],
      ),
      [[0], [0], [1]],
    );
});

test('a list without indices is one call for each of its pieces, and goes on by position', () => {
  assert.deepEqual(placesOf([named('f', '{'), named('g', '{')], [more('}'), more('}')]), [
    [0, 1],
    [0, 1],
  ]);
});

test('indices that begin at 1, or leave some out, are closed up', () => {
  assert.deepEqual(placesOf([{ index: 1, ...named('f') }], [{ index: 7, ...named('g') }]), [[0], [1]]);
});

test('places are integers without a gap, whatever comes', () => {
  const piece = fc.record(
    {
      index: fc.constantFrom<unknown>(null, undefined, 0, 1, 2, -1, 'a', 1e300),
      id: fc.constantFrom('', 'a', 'b'),
      function: fc.record({ name: fc.constantFrom('', 'f'), arguments: fc.constantFrom('', '{', '}', '"') }),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.array(fc.array(piece, { maxLength: 4 }), { maxLength: 8 }), (lists) => {
      let most = -1;
      for (const place of placesOf(...lists).flat()) {
        assert.ok(Number.isInteger(place) && place >= 0 && place <= most + 1, `${place} after ${most}`);
        most = Math.max(most, place);
      }
    }),
  );
});
