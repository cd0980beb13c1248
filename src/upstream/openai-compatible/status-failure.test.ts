import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RefusedAnswer } from '../transport/http-upstream.ts';
import { failureOfStatus } from './status-failure.ts';

function failing(
  status: number,
  body: unknown = { error: { message: 'because' } },
  headers: RefusedAnswer['headers'] = {},
) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return failureOfStatus({
    upstream: 'local',
    url: 'http://127.0.0.1:1/v1/chat/completions',
    model: 'small',
    status,
    headers,
    text,
  });
}

test('each status becomes the error that tells the client what it means', () => {
  const codes = [
    300, 301, 400, 401, 402, 403, 404, 405, 408, 409, 413, 415, 422, 425, 429, 500, 501, 502, 503, 504, 520,
    529,
  ].map((status) => [status, failing(status).code] as const);
  assert.deepEqual(Object.fromEntries(codes), {
    300: 'upstream_error',
    301: 'upstream_error',
    400: 'upstream_rejected',
    401: 'upstream_credentials',
    402: 'upstream_credentials',
    403: 'upstream_credentials',
    404: 'upstream_error',
    405: 'upstream_error',
    408: 'upstream_timeout',
    409: 'upstream_error',
    413: 'upstream_rejected',
    415: 'upstream_error',
    422: 'upstream_rejected',
    425: 'upstream_error',
    429: 'upstream_rate_limited',
    500: 'upstream_error',
    501: 'upstream_error',
    502: 'upstream_error',
    503: 'upstream_unavailable',
    504: 'upstream_timeout',
    520: 'upstream_error',
    529: 'upstream_unavailable',
  });
});

test('what FastAPI says of a field is said with the field', () => {
  const detail = [
    { type: 'missing', loc: ['body', 'messages', 0, 'role'], msg: 'Field required' },
    { loc: ['body', 'x'], msg: 'Input should be a valid string' },
  ];
  assert.equal(
    failing(422, { detail }).said,
    'body.messages.0.role: Field required; body.x: Input should be a valid string',
  );
  assert.equal(failing(422, { detail: [] }).said, undefined);
  assert.equal(failing(422, { detail: [{ no: 'msg' }] }).said, undefined);
});

test('only what was turned away unread is safe to repeat', () => {
  const safe = Array.from({ length: 300 }, (_, index) => 300 + index).filter(
    (status) => failing(status).safeToRepeat,
  );
  assert.deepEqual(safe, [429, 503, 529]);
});

test('every message names the upstream and its status, and what the upstream said stands apart', () => {
  for (const status of [400, 404, 408, 413, 422, 429, 500, 502, 503, 504]) {
    const { message, said } = failing(status);
    assert.match(message, /'local'/);
    assert.match(message, new RegExp(`\\b${status}\\b.*\\.$`));
    assert.doesNotMatch(message, /because/);
    assert.equal(said, 'because');
  }
});

test('what looks like a credential is not among what the upstream said', () => {
  const { said } = failing(500, { error: 'sent Bearer 0123456789abc, then sk-proj-0123456789abcdef0123' });
  assert.equal(said, 'sent Bearer [redacted], then [redacted]');
});

test('a rejection carries the upstream’s own status and body', () => {
  const body = {
    error: { message: 'top_p must be ≤ 1', type: 'invalid_request_error', param: 'top_p', code: null },
  };
  assert.deepEqual(failing(422, body), {
    code: 'upstream_rejected',
    message: "Upstream 'local' rejected the request (422).",
    said: 'top_p must be ≤ 1',
    status: 422,
    body,
    safeToRepeat: false,
    unbilled: true,
  });
});

test('refused credentials name the setting; what was said about them is for operators, and is no body for clients', () => {
  const failure = failing(401, { error: { message: 'Incorrect API key provided: sk-abcdefghijklmnop1234' } });
  assert.match(failure.message, /upstreams\.local\.apiKey/);
  assert.equal(failure.said, 'Incorrect API key provided: [redacted]');
  assert.equal(failure.status, 401);
  assert.equal('body' in failure, false);
});

test('an unknown model names the model and what to do, and has the path for operators', () => {
  const { message, said, address } = failing(404, { error: 'model "small" not found, try pulling it first' });
  assert.match(message, /does not know model 'small', or its `baseUrl` is not right/);
  assert.equal(address, 'http://127.0.0.1:1/v1/chat/completions');
  assert.match(said ?? '', /try pulling it first/);
  assert.match(message, /weir -- doctor/);
});

test('a server that turned the request away is not paid; one that may have worked on it may be', () => {
  const statuses = [200, 307, 400, 401, 402, 404, 408, 413, 422, 429, 499, 500, 502, 503, 504, 529];
  assert.deepEqual(
    statuses.filter((status) => failing(status).unbilled !== true),
    [200, 408, 499, 500, 502, 504],
  );
});

test('a redirect names its target, for none is followed', () => {
  const { message, said } = failing(308, '', { location: 'https://new.example.com/v1' });
  assert.match(message, /answered 308 and points elsewhere; .*baseUrl/);
  assert.equal(said, 'https://new.example.com/v1');
  assert.equal(failing(302, '').said, undefined);
});

test('too long a prompt is recognised as each server says it', () => {
  const said: [number, unknown][] = [
    // llama.cpp's server, now and before September 2025
    [
      400,
      {
        error: {
          code: 400,
          message: 'request (4390 tokens) exceeds the available context size (4096 tokens)',
          type: 'exceed_context_size_error',
          n_ctx: 4096,
        },
      },
    ],
    [500, { error: { code: 500, message: 'the request exceeds it', type: 'exceed_context_size_error' } }],
    // OpenAI
    [
      400,
      {
        error: {
          message: 'too long',
          type: 'invalid_request_error',
          param: 'messages',
          code: 'context_length_exceeded',
        },
      },
    ],
    // vLLM, before and since 0.16
    [
      400,
      {
        object: 'error',
        message: "This model's maximum context length is 6048 tokens.",
        type: 'BadRequestError',
        param: null,
        code: 400,
      },
    ],
    [
      400,
      {
        error: {
          message: "However, the model's context length is only 1024 tokens, resulting in …",
          type: 'BadRequestError',
          code: 400,
        },
      },
    ],
    // LM Studio
    [
      400,
      {
        error:
          'Trying to keep the first 5000 tokens when context the overflows. However, the model is loaded with context length of only 4096 tokens',
      },
    ],
    // Anthropic's and Gemini's compatible endpoints
    [400, { error: { message: 'prompt is too long: 210000 tokens > 200000 maximum' } }],
    [
      400,
      [
        {
          error: {
            code: 400,
            message: 'The input token count (40000) exceeds the maximum number of tokens allowed (32768).',
          },
        },
      ],
    ],
  ];
  for (const [status, body] of said) {
    const failure = failing(status, body);
    assert.equal(failure.code, 'context_length_exceeded', JSON.stringify(body));
    assert.deepEqual(failure.body, body);
    assert.equal(failure.status, status);
  }
});

test('words about a context in an answer that is not about the request are no overflow', () => {
  assert.equal(
    failing(500, { error: { message: 'failed to allocate the context window' } }).code,
    'upstream_error',
  );
  assert.equal(
    failing(429, { error: { message: 'context length tier exhausted' } }).code,
    'upstream_rate_limited',
  );
});

test('a rate limit says how long to wait, and an empty account is not worth waiting for', () => {
  const limited = failing(
    429,
    { error: { message: 'slow down', code: 'rate_limit_exceeded' } },
    { 'retry-after': '7' },
  );
  assert.deepEqual([limited.retryAfterMs, limited.safeToRepeat], [7_000, true]);
  assert.match(limited.message, /asks to wait 7 s\.$/);
  assert.equal(limited.said, 'slow down');
  assert.equal(
    failing(429, { error: { message: 'no credit', code: 'insufficient_quota' } }).safeToRepeat,
    false,
  );
});

test('errors are found in every shape that servers give them', () => {
  const shapes = [
    { error: { message: 'M' } },
    { error: 'M' },
    { message: 'M' },
    { detail: 'M' },
    [{ error: { message: 'M' } }],
  ];
  for (const body of shapes) assert.equal(failing(400, body).said, 'M');
  assert.equal(failing(502, 'M', { 'content-type': 'text/plain' }).said, 'M');
});

test('a body that is no JSON, or of no known shape, or a page, is left out', () => {
  for (const body of [
    '<html>M</html>',
    '',
    'null',
    '[]',
    '{"error":null}',
    '{"error":{"message":7}}',
    '"M"',
  ]) {
    assert.equal(failing(500, body, { 'content-type': 'text/html' }).said, undefined);
  }
  assert.equal('body' in failing(400, 'no json'), false);
});

test('a long message is cut', () => {
  const { said = '' } = failing(400, { error: { message: 'x'.repeat(5_000) } });
  assert.ok(said.length < 600);
  assert.match(said, /…$/);
});

test('a 403 whose words name what the gateway may have added is a rejection, not a refused key', () => {
  for (const words of [
    'You are not allowed to request logprobs from this model',
    'stream_options: forbidden',
  ])
    assert.equal(failing(403, { error: { message: words } }).code, 'upstream_rejected');
  assert.equal(failing(403, { error: { message: 'no' } }).code, 'upstream_credentials');
});
