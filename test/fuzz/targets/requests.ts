import assert from 'node:assert/strict';
import fc from 'fast-check';
import { edited, json, spliced, text, type Json } from '../hostile-values.ts';
import { requestBytes, send } from '../raw-http.ts';
import { openRig, PROMPT_WORD } from '../rig.ts';
import type { FuzzTarget } from '../target.ts';

interface Input {
  method: string;
  path: string;
  /** Lines of headers. */
  headers: string[];
  body: string | null;
  /** Bytes that are changed on their way, by their place. */
  bytes: [place: number, byte: number][];
}

const PATHS = [
  '/v1/chat/completions',
  '/v1/feedback',
  '/v1/models',
  '/v1/models/held',
  '/v1/decisions/ID',
  '/admin/api/learning',
  '/admin/api/review?limit=5',
  '/admin/api/review/ID',
  '/healthz',
  '/readyz',
  '/metrics',
  '/v1/completions',
  '*',
  'http://127.0.0.1/v1/models',
];

const NAMES =
  `x-weir-topic x-weir-data-class x-weir-max-tier x-weir-min-tier x-weir-explain x-weir-id x-request-id
  authorization origin host content-type content-length content-encoding transfer-encoding expect connection upgrade
  accept-encoding x-forwarded-for forwarded cookie access-control-request-method access-control-request-headers te trailer range
  if-none-match`.split(/\s+/);
const VALUES = [
  'application/json; charset=latin1',
  'Bearer x',
  'Bearer weir-1',
  ', ,',
  ...`1 0 true small large private application/json gzip chunked null http://127.0.0.1 100-continue close -1
  99999999999999999999 1e3`.split(/\s+/),
];

const header = fc
  .tuple(fc.constantFrom(...NAMES), fc.oneof(fc.constantFrom(...VALUES), text))
  // Line ends are for the changed bytes.
  .map(([name, value]) => `${name}: ${value.replaceAll(/[\r\n]/g, '').slice(0, 9_000)}`);

const chat: Json = { model: 'held', messages: [{ role: 'user', content: PROMPT_WORD }] };
const feedback: Json = {
  id: 'ID',
  verdict: 'good',
  tier: 'small',
  comment: 'fine',
  correction: 'Rome',
  source: 'user',
};
const verdict: Json = { tier: 'small', verdict: 0.5 };

const path = fc.oneof(
  { arbitrary: fc.constantFrom(...PATHS), weight: 4 },
  { arbitrary: spliced(fc.constantFrom(...PATHS)), weight: 2 },
  {
    arbitrary: fc
      .tuple(fc.constantFrom(...PATHS), text, text)
      .map(
        ([base, name, value]) =>
          `${base}?${encodeURIComponent(name.toWellFormed())}=${encodeURIComponent(value.toWellFormed())}&limit=%zz`,
      ),
    weight: 1,
  },
);

/** Requests with any method, path, query, headers and body, on every path; and bytes that are no HTTP. */
export const requests: FuzzTarget<Input> = {
  name: 'requests',
  inputs: fc.record({
    method: fc.constantFrom(
      'POST',
      'POST',
      'POST',
      'GET',
      'GET',
      'HEAD',
      'OPTIONS',
      'PUT',
      'DELETE',
      'PATCH',
      'TRACE',
      'CONNECT',
      'get',
      'X',
    ),
    path,
    headers: fc.array(header, { maxLength: 4 }),
    body: fc.option(
      spliced(
        fc.oneof(
          edited(fc.constantFrom(chat, feedback, verdict)).map((value) => JSON.stringify(value)),
          json.map((value) => JSON.stringify(value)),
        ),
      ),
      { freq: 5 },
    ),
    bytes: fc.oneof(
      { arbitrary: fc.constant<[number, number][]>([]), weight: 3 },
      {
        arbitrary: fc.array(fc.tuple(fc.nat(2_000), fc.nat(255)), { minLength: 1, maxLength: 3 }),
        weight: 1,
      },
    ),
  }),
  async open() {
    const rig = await openRig();
    const { seen } = await rig.chat(JSON.stringify(chat));
    const id = seen.headers['x-weir-id'] ?? '';
    return {
      async run({ method, path: asked, headers, body, bytes }) {
        const written = requestBytes(rig.port, {
          method,
          path: asked.replaceAll('ID', id).replaceAll(/[\r\n ]/g, '') || '/',
          headers: headers.map((line) => line.replaceAll('ID', id)),
          ...(body === null ? {} : { body: body.replaceAll('ID', id) }),
        });
        for (const [place, byte] of bytes) written[place % written.length] = byte;
        const answer = await send(rig.port, written, { endsAfterMs: 300 });
        if (answer !== undefined && answer.text !== '') rig.check(answer);
        if (answer !== undefined) assert.notEqual(answer.status, 500);
        await rig.settle();
      },
      close: rig.close,
    };
  },
};
