import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatEvent, readSse } from './sse.ts';

async function read(text: string, cuts: readonly number[] = []): Promise<string[]> {
  const bytes = Buffer.from(text);
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].toSorted((a, b) => a - b);
  async function* pieces() {
    for (const [at, end] of ends.entries()) yield bytes.subarray(at === 0 ? 0 : ends[at - 1], end);
    await Promise.resolve();
  }
  const data: string[] = [];
  for await (const event of readSse(pieces())) data.push(event.data);
  return data;
}

test('what is written is read again, for any text and any cut of its bytes: U+2028 ends no line', async () => {
  const text = fc.string({
    unit: fc.constantFrom('a', '\n', '\u2028', '\u2029', '\u0085', '\v', 'é', '😀', ':', ' ', 'data: '),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(text), fc.array(fc.nat()), async (events, cuts) => {
      assert.deepEqual(await read(events.map((data) => formatEvent(data)).join(''), cuts), events);
    }),
  );
});

test('a carriage return ends a line of data, so it is written as one', async () => {
  assert.deepEqual(await read(formatEvent('a\rb\r\nc')), ['a\nb\nc']);
});

test('line ends of any kind, a byte-order mark and data over several lines are read, wherever the bytes are cut', async () => {
  for (const end of ['\n', '\r\n', '\r']) {
    const text = ['\uFEFFdata: {"a":', 'data:"x\u2028y"}', '', ': c', 'data: 2', '', ''].join(end);
    for (let cut = 0; cut < Buffer.byteLength(text); cut += 1)
      assert.deepEqual(await read(text, [cut]), ['{"a":\n"x\u2028y"}', '2']);
  }
});
