import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { eventFrame } from '../scripted/bedrock-reply.ts';
import { wholeFrames } from './whole-frames.ts';

const tooLong = (limit: number): Error => new RangeError(`more than ${limit}`);

async function framesOf(pieces: readonly Uint8Array[]): Promise<Buffer[]> {
  const found: Buffer[] = [];
  for await (const frame of wholeFrames(ofPieces(pieces), tooLong)) found.push(Buffer.from(frame));
  return found;
}

async function* ofPieces(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array, void, undefined> {
  yield* pieces;
}

test('frames come whole and one by one, wherever their bytes are cut, and what is no frame comes last', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ maxLength: 300 }), { maxLength: 6 }),
      fc.array(fc.nat(2_000), { maxLength: 30 }),
      fc.uint8Array({ max: 0, maxLength: 3 }),
      async (texts, cuts, rest) => {
        const frames = texts.map((text) => eventFrame('contentBlockDelta', { text }));
        const all = Buffer.concat([...frames, rest]);
        const places = [
          0,
          ...cuts.map((cut) => Math.min(cut, all.length)).toSorted((a, b) => a - b),
          all.length,
        ];
        const pieces = places.slice(1).map((end, index) => all.subarray(places[index], end));
        assert.deepEqual(await framesOf(pieces), rest.length === 0 ? frames : [...frames, Buffer.from(rest)]);
      },
    ),
  );
});

test('a frame that announces more than is allowed is not waited for', async () => {
  await assert.rejects(framesOf([Buffer.from([1, 0, 0]), Buffer.from([1, 9, 9])]), /more than 16777216/);
  assert.equal(
    (await framesOf([Buffer.from([0, 0, 0, 0, 0, 0, 0, 5, 7])])).length,
    2,
    'lengths that cannot be',
  );
});
