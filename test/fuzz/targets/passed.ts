import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ENDPOINTS } from '../../../src/pass-through/endpoints.ts';
import { rechunked } from '../../../src/upstream/scripted/scripted-reply.ts';
import { edited, spliced, type Json } from '../hostile-values.ts';
import { openRig, PROMPT_WORD } from '../rig.ts';
import type { FuzzTarget } from '../target.ts';

interface Input {
  path: string;
  type: string;
  body: string;
  /** What the server answers. */
  status: number;
  answers: string;
  answer: string;
  cuts: number[];
  end: 'end' | 'cut';
}

const json = edited(fc.constant<Json>({ model: 'small', input: PROMPT_WORD, stream: true, user: 'u' })).map(
  (value) => JSON.stringify(value),
);
const FORM = [
  '--b\r\nContent-Disposition: form-data; name="model"\r\n\r\nsmall\r\n',
  `--b\r\nContent-Disposition: form-data; name="prompt"\r\n\r\n${PROMPT_WORD}\r\n`,
  '--b\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\nContent-Type: audio/wav\r\n\r\n\0\r\n--\r\n',
  '--b--\r\n',
].join('');
const ANSWERS = [
  '{"object":"list","data":[{"embedding":[0.1]}],"usage":{"prompt_tokens":3,"total_tokens":3}}',
  `data: {"a":1,"usage":{"input_tokens":1,"output_tokens":2}}\n\ndata: {"error":{"message":"${PROMPT_WORD}"}}\n\n`,
  'data: {"a":1}\n\nevent: done\ndata: {"usage":null}\n\ndata: [DONE]\n\n',
];

/** Requests that are no chats, as JSON and as forms, and what servers answer to them. */
export const passed: FuzzTarget<Input> = {
  name: 'passed',
  inputs: fc.record({
    path: fc.constantFrom(...ENDPOINTS.flatMap(({ paths }) => paths)),
    type: fc.constantFrom(
      'application/json',
      'multipart/form-data; boundary=b',
      'multipart/form-data; boundary="b"',
      'text/plain',
    ),
    body: fc.oneof(json, spliced(fc.constant(FORM)), fc.constant(FORM)),
    status: fc.constantFrom(200, 200, 200, 200, 400, 401, 500, 429),
    answers: fc.constantFrom('application/json', 'text/event-stream', 'audio/mpeg', 'text/html', ''),
    answer: spliced(fc.constantFrom(...ANSWERS)),
    cuts: fc.array(fc.nat(200), { maxLength: 6 }),
    end: fc.constantFrom('end', 'end', 'end', 'cut'),
  }),
  async open() {
    const rig = await openRig();
    return {
      async run({ path, type, body, status, answers, answer, cuts, end }) {
        // Sound that breaks off breaks its connection, which is no answer here.
        const then = /json|event/.test(answers) ? end : 'end';
        const headers = answers === '' ? {} : { 'content-type': answers };
        rig.plays(
          rechunked(
            {
              status,
              headers,
              body: [body.includes(PROMPT_WORD) ? answer : answer.replaceAll(PROMPT_WORD, '')],
              then,
            },
            cuts,
          ),
        );
        const seen = await rig.ask({ path, body, type });
        rig.check(seen);
        const sent = rig.takeAsked();
        assert.ok(
          sent.every((text) => !/name="model"\r\n\r\n(?!tiny|huge)/.test(text)),
          'a form with another model went out',
        );
        await rig.settle();
      },
      close: rig.close,
    };
  },
};
