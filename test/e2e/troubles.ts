import type { AskedChat, ScriptedReply, ScriptedStep } from '../../src/upstream/scripted/scripted-reply.ts';
import { answers, failures, refuses, streams } from '../../src/upstream/scripted/scripted-reply.ts';

/** A request that goes wrong, and what its sender must be told. */
export interface Trouble {
  name: string;
  path?: string;
  init: RequestInit;
  status: number;
  code: string;
  /** `Retry-After`, where one has to come. */
  retryAfter?: string;
}

export const BODY_LIMIT = 64 * 1024;

const JSON_TYPE = { 'content-type': 'application/json' };
const post = (body: string, headers: Record<string, string> = JSON_TYPE): RequestInit => ({
  method: 'POST',
  headers,
  body,
});

export const asking = (model: string, more: object = {}): RequestInit =>
  post(JSON.stringify({ model, messages: [{ role: 'user', content: 'Well?' }], ...more }));

const chunk = JSON.stringify({
  id: 'up',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'm',
  choices: [{ index: 0, delta: { content: 'half an ' }, finish_reason: null }],
});

const STEPS: Readonly<Record<string, ScriptedStep>> = {
  good: answers('Fine.'),
  garbage: failures.garbage,
  'half-json': failures.halfJson,
  empty: failures.empty,
  'error-500': refuses(500, { message: 'out of order' }),
  limited: refuses(429, { message: 'slow down' }, { 'retry-after': '7' }),
  silent: failures.never,
  cut: failures.cut,
  'dies-in-stream': streams([chunk, chunk], 'cut'),
  endless: streams([chunk], 'hang'),
};

/** Each model of the upstream goes wrong in its own way; a number behind its name makes it another model. */
export function troubled(asked: AskedChat): ScriptedReply | Promise<ScriptedReply> {
  const step = STEPS[asked.model.replace(/-v\d+$/, '')];
  if (step === undefined) throw new Error(`no script for ${asked.model}`);
  return typeof step === 'function' ? step(asked) : step;
}

/** A gateway's configuration in front of such an upstream; only the silent model is waited for briefly. */
export function configuration(baseUrl: string, variants = 1): string {
  const names = Object.keys(STEPS).flatMap((name) =>
    Array.from({ length: variants }, (_, index) => (index === 0 ? name : `${name}-v${index}`)),
  );
  const models = names.map(
    (name) => `  ${name}: { upstream: ${name.startsWith('silent') ? 'slow' : 'up'}, model: ${name} }`,
  );
  return `upstreams:
  up: { baseUrl: "${baseUrl}", location: on-premises, retries: 0 }
  slow: { baseUrl: "${baseUrl}", location: on-premises, retries: 0, timeouts: { firstByte: 200ms } }
models:
${models.join('\n')}
limits: { bodyBytes: ${BODY_LIMIT}, receiveTimeout: 1s }
log: { level: silent }
`;
}

/** Requests that are wrong before any model is asked. */
export const WRONG_REQUESTS: readonly Trouble[] = [
  { name: 'a body that is no JSON', init: post('{"model": "good", '), status: 400, code: 'invalid_json' },
  { name: 'a body without a byte', init: post(''), status: 400, code: 'invalid_json' },
  { name: 'JSON that is no object', init: post('[1, 2]'), status: 400, code: 'invalid_json' },
  {
    name: 'messages that are no list',
    init: asking('good', { messages: 'Hi' }),
    status: 400,
    code: 'invalid_request',
  },
  {
    name: 'a model that is a number',
    init: post('{"model":7,"messages":[]}'),
    status: 400,
    code: 'invalid_request',
  },
  { name: 'stream as a text', init: asking('good', { stream: 'yes' }), status: 400, code: 'invalid_request' },
  {
    name: 'a body over the limit',
    init: asking('good', { user: 'x'.repeat(BODY_LIMIT) }),
    status: 413,
    code: 'body_too_large',
  },
  {
    name: 'a body that is not declared JSON',
    init: post('{}', { 'content-type': 'text/plain' }),
    status: 415,
    code: 'unsupported_media_type',
  },
  { name: 'a model nobody has', init: asking('goood'), status: 404, code: 'model_not_found' },
  { name: 'an unknown route', path: '/v1/nothing', init: {}, status: 404, code: 'unknown_url' },
  { name: 'an unknown method', init: { method: 'DELETE' }, status: 405, code: 'method_not_allowed' },
  {
    name: 'an unknown x-weir header',
    init: { ...asking('good'), headers: { ...JSON_TYPE, 'x-weir-wish': '1' } },
    status: 400,
    code: 'unknown_header',
  },
];

/** Requests that are right, to models that go wrong. */
export const WRONG_UPSTREAMS: readonly Trouble[] = [
  { name: 'garbage', init: asking('garbage'), status: 502, code: 'upstream_invalid_response' },
  { name: 'half a JSON', init: asking('half-json'), status: 502, code: 'upstream_invalid_response' },
  { name: 'an empty 200', init: asking('empty'), status: 502, code: 'upstream_invalid_response' },
  { name: 'a 500', init: asking('error-500'), status: 502, code: 'upstream_error' },
  {
    name: 'a 429 with Retry-After',
    init: asking('limited'),
    status: 429,
    code: 'upstream_rate_limited',
    retryAfter: '7',
  },
  { name: 'nothing at all', init: asking('silent'), status: 504, code: 'upstream_timeout' },
  { name: 'a connection cut in the body', init: asking('cut'), status: 502, code: 'upstream_error' },
];
