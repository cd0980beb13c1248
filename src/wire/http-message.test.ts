import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeBody, readBody } from './http-message.ts';

const HEAD = '{"text":"Zürich ';
const LATIN_1 = Buffer.from([...Buffer.from(HEAD), 0xe9, ...Buffer.from('"}')]);
const LIMIT = 1_000;

/** The text of a request whose body comes in these pieces; its length is declared or not. */
async function textOf(pieces: readonly Uint8Array[], { declared }: { declared: boolean }): Promise<string> {
  const body = new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(piece);
      controller.close();
    },
  });
  const request = new Request('http://localhost/', { method: 'POST', body, duplex: 'half' });
  const bytes = pieces.reduce((sum, { byteLength }) => sum + byteLength, 0);
  return decodeBody(
    await readBody(request, declared ? { 'content-length': String(bytes) } : {}, {
      limit: LIMIT,
      onBytes: () => undefined,
    }),
  );
}

for (const declared of [true, false]) {
  const how = declared ? 'a declared length' : 'no declared length';

  test(`a body of ${how} is read whole, characters that were cut apart too, without its byte-order mark`, async () => {
    const bytes = Buffer.from(`\u{feff}${HEAD}"}`);
    const cut = bytes.indexOf(0xc3) + 1;
    assert.equal(await textOf([bytes.subarray(0, cut), bytes.subarray(cut)], { declared }), `${HEAD}"}`);
  });

  test(`a body of ${how} that is not UTF-8 is refused, and not repaired in silence`, async () => {
    const refused = { code: 'invalid_json', message: /UTF-8/ };
    await assert.rejects(textOf([LATIN_1], { declared }), refused);
    await assert.rejects(textOf([Buffer.from('{"a":"\u{1f600}').subarray(0, -1)], { declared }), refused);
  });

  test(`the character that stands for a broken one is text like any other, with ${how}`, async () => {
    const text = '{"text":"\u{fffd}"}';
    assert.equal(await textOf([Buffer.from(text)], { declared }), text);
  });

  test(`a body of ${how} that is too large is refused`, async () => {
    await assert.rejects(textOf([Buffer.alloc(LIMIT + 1, 32)], { declared }), { code: 'body_too_large' });
  });
}

test('a body that is not there is empty', async () => {
  assert.equal(
    decodeBody(
      await readBody(
        new Request('http://localhost/', { method: 'POST' }),
        {},
        { limit: LIMIT, onBytes: () => undefined },
      ),
    ),
    '',
  );
});
