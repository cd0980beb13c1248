import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ERRORS } from '../errors.ts';
import { answers } from '../upstream/scripted/scripted-reply.ts';
import {
  errorOf,
  withGateway as withAnyGateway,
  type TestGateway,
  type TestGatewayOptions,
} from '../gateway/testing.ts';

const withGateway = (
  options: Omit<TestGatewayOptions, 'small'>,
  run: (gateway: TestGateway) => Promise<void>,
): Promise<void> =>
  withAnyGateway(
    {
      small: answers('Rome'),
      policy: { rule: { kind: 'thresholds', thresholds: [0], withoutConfidence: 'accept' } },
      ...options,
    },
    run,
  );

const codeOf = async (response: Response): Promise<string> => (await errorOf(response)).code;

test('without keys the Host must be this machine with our port, on every method and path', () =>
  withGateway({}, async ({ get, chat, app }) => {
    for (const host of [
      'evil.example',
      'evil.example:8787',
      '127.0.0.1',
      '127.0.0.1:80',
      'localhost.evil.example:8787',
      '127.0.0.1.nip.io:8787',
      '',
    ]) {
      for (const path of ['/v1/models', '/healthz', '/metrics', '/nowhere']) {
        const response = await get(path, { host });
        assert.equal(response.status, 403, `${host} ${path}`);
        assert.equal(await codeOf(response), 'forbidden_host');
      }
      assert.equal((await chat({}, { host })).status, 403);
    }
    assert.equal(
      (await app.request('/v1/models', { method: 'OPTIONS', headers: { host: 'evil.example' } })).status,
      403,
    );
    for (const host of [
      '127.0.0.1:8787',
      'localhost:8787',
      'LOCALHOST:8787',
      '[::1]:8787',
      '127.1.2.3:8787',
    ]) {
      assert.equal((await get('/v1/models', { host })).status, 200, host);
    }
  }));

test('without keys a name that the configuration lists is answered too, and what is refused says both ways out', async () => {
  const hosts = ['host.docker.internal'];
  await withGateway({ context: { hosts } }, async ({ get, chat }) => {
    for (const host of ['host.docker.internal:8787', 'HOST.docker.internal:8787', 'localhost:8787'])
      assert.equal((await chat({}, { host })).status, 200, host);
    for (const host of ['host.docker.internal', 'host.docker.internal:1', 'evil.example:8787'])
      assert.equal((await get('/v1/models', { host })).status, 403, host);
    const page = { origin: 'http://host.docker.internal:8787' };
    assert.equal((await chat({}, page)).status, 403, 'no page may call');
  });
  await withGateway({}, async ({ get }) => {
    const told = await (await get('/v1/models', { host: 'host.docker.internal:8787' })).text();
    assert.match(told, /make a key \(`npm run -s weir -- keys create`\).* list the name under `hosts`/);
  });
});

test('without keys no web page may call', () =>
  withGateway({}, async ({ chat, get }) => {
    const pages: Record<string, string>[] = [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: 'http://localhost:3000' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
    ];
    for (const headers of pages) {
      const response = await chat({}, headers);
      assert.equal(response.status, 403);
      assert.equal(await codeOf(response), 'forbidden_origin');
      assert.equal((await get('/v1/models', headers)).status, 403);
    }
    assert.equal(
      (await chat({}, { origin: 'http://127.0.0.1:8787', 'sec-fetch-site': 'same-origin' })).status,
      200,
    );
  }));

test('without keys nothing that was forwarded is answered', () =>
  withGateway({}, async ({ chat }) => {
    for (const name of ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto']) {
      assert.equal(await codeOf(await chat({}, { [name]: '127.0.0.1' })), 'forbidden_host', name);
    }
  }));

test('a body that a form could send is refused', () =>
  withGateway({}, async ({ chat }) => {
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'application/jsonx',
    ]) {
      assert.equal(await codeOf(await chat({}, { 'content-type': type })), 'unsupported_media_type', type);
    }
    assert.equal((await chat({}, { 'content-type': 'Application/JSON; charset=utf-8' })).status, 200);
  }));

test('a compressed body is refused by that name', () =>
  withGateway({}, async ({ chat }) => {
    const error = await errorOf(await chat({}, { 'content-encoding': 'gzip' }));
    assert.equal(error.code, 'unsupported_media_type');
    assert.match(error.message, /'content-encoding: gzip'/);
    assert.equal((await chat({}, { 'content-encoding': 'identity' })).status, 200);
  }));

const withKeys: TestGatewayOptions['context'] = {
  authenticate: (key) =>
    Promise.resolve(
      key === 'user'
        ? { tenant: 'default', operator: false }
        : key === 'other'
          ? { tenant: 'other', operator: true }
          : 'invalid',
    ),
};

test('with keys each request needs one, and only liveness and readiness do not', () =>
  withGateway({ context: withKeys }, async ({ chat, get }) => {
    assert.equal(await codeOf(await chat({})), 'missing_api_key');
    const wrong = await chat({}, { authorization: 'Bearer sk-of-another-service' });
    assert.equal(wrong.status, 401);
    assert.equal(wrong.headers.get('www-authenticate'), 'Bearer');
    assert.ok(!(await wrong.text()).includes('sk-of'));
    for (const path of ['/v1/models', '/metrics', '/v1/decisions/x', '/nowhere'])
      assert.equal((await get(path)).status, 401, path);
    for (const path of ['/healthz', '/readyz', '/', '/health'])
      assert.equal((await get(path)).status, 200, path);
    assert.equal(
      (await chat({}, { authorization: 'Bearer user', host: 'weir.example', 'x-forwarded-for': '10.0.0.1' }))
        .status,
      200,
    );
  }));

test("the client's key is never sent on, and one tenant does not see another's decisions", () =>
  withGateway({ context: withKeys }, async ({ chat, get, post, small }) => {
    const response = await chat({}, { authorization: 'Bearer user' });
    assert.ok(!JSON.stringify(small.asked).includes('Bearer'));
    const path = `/v1/decisions/${response.headers.get('x-weir-id') ?? ''}`;
    assert.equal((await get(path, { authorization: 'Bearer user' })).status, 200);
    assert.equal((await get(path, { authorization: 'Bearer other' })).status, 404);
    const id = response.headers.get('x-weir-id');
    const verdict = await post(
      '/v1/feedback',
      { id, verdict: 1, source: 'operator' },
      { authorization: 'Bearer user' },
    );
    assert.equal(await codeOf(verdict), 'operator_key_required');
  }));

test('CORS is off, and where it is on only the listed pages may read', async () => {
  const preflight = {
    origin: 'https://app.example',
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'authorization',
  };
  await withGateway({ context: withKeys }, async ({ app, chat }) => {
    const asked = await app.request('/v1/chat/completions', { method: 'OPTIONS', headers: preflight });
    assert.equal(asked.headers.get('access-control-allow-origin'), null);
    assert.equal(
      (await chat({}, { authorization: 'Bearer user', origin: 'https://app.example' })).headers.get(
        'access-control-allow-origin',
      ),
      null,
    );
  });
  await withGateway(
    { context: { ...withKeys, corsOrigins: ['https://app.example'] } },
    async ({ app, chat }) => {
      const asked = await app.request('/v1/chat/completions', { method: 'OPTIONS', headers: preflight });
      assert.deepEqual(
        [
          asked.status,
          asked.headers.get('access-control-allow-origin'),
          asked.headers.get('access-control-allow-headers'),
        ],
        [204, 'https://app.example', 'authorization'],
      );
      const foreign = await app.request('/v1/chat/completions', {
        method: 'OPTIONS',
        headers: { ...preflight, origin: 'https://evil.example' },
      });
      assert.equal(foreign.headers.get('access-control-allow-origin'), null);
      const answered = await chat({}, { authorization: 'Bearer user', origin: 'https://app.example' });
      assert.equal(answered.headers.get('access-control-allow-origin'), 'https://app.example');
      const refused = await chat({}, { origin: 'https://app.example' });
      assert.deepEqual(
        [refused.status, refused.headers.get('access-control-allow-origin')],
        [401, 'https://app.example'],
      );
    },
  );
});

test('wrong paths and methods are told so, in the same shape', () =>
  withGateway({}, async ({ get, post, app }) => {
    assert.equal(await codeOf(await get('/v1/files')), 'unknown_url');
    const wrong = await get('/v1/chat/completions');
    assert.deepEqual(
      [wrong.status, wrong.headers.get('allow'), await codeOf(wrong)],
      [405, 'POST', 'method_not_allowed'],
    );
    assert.equal((await post('/v1/models', {})).status, 405);
    assert.equal(
      (await app.request('/healthz', { method: 'DELETE', headers: { host: 'localhost:8787' } })).status,
      405,
    );
  }));

test('a path that can be read can be read by HEAD, and says so', () =>
  withGateway({}, async ({ app, post }) => {
    const head = await app.request('/v1/models', { method: 'HEAD', headers: { host: 'localhost:8787' } });
    assert.deepEqual([head.status, await head.text()], [200, '']);
    const wrong = await post('/v1/models', {});
    assert.equal(wrong.headers.get('allow'), 'GET, HEAD');
    assert.match((await errorOf(wrong)).message, /use GET or HEAD\.$/);
  }));

test('the path and the method are judged before what is sent there', () =>
  withGateway({}, async ({ post }) => {
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    assert.equal(await codeOf(await post('/v1/models', 'a=1', form)), 'method_not_allowed');
    assert.equal(await codeOf(await post('/v1/files', 'a=1', form)), 'unknown_url');
    for (const path of ['/v1/chat/completions', '/v1/feedback', '/admin/api/review/chatcmpl-1'])
      assert.equal(await codeOf(await post(path, '{}', form)), 'unsupported_media_type', path);
  }));

test('the models are the routes, what they serve, and one can be asked for', () =>
  withGateway({}, async ({ get }) => {
    const { object, data } = (await (await get('/v1/models')).json()) as {
      object: string;
      data: { id: string; owned_by: string }[];
    };
    assert.equal(object, 'list');
    assert.deepEqual(
      data.map(({ id, owned_by: owner }) => [id, owner]),
      [
        ['auto', 'weir'],
        ['gpt-4o', 'weir'],
      ],
    );
    assert.equal(((await (await get('/v1/models/gpt-4o')).json()) as { id: string }).id, 'gpt-4o');
    assert.equal(await codeOf(await get('/v1/models/nothing')), 'model_not_found');
    const served = (await (await get('/v1/models/gpt-5-of-a-pattern')).json()) as {
      id: string;
      object: string;
    };
    assert.deepEqual([served.id, served.object], ['gpt-5-of-a-pattern', 'model'], 'a name that chat serves');
  }));

test('a person who looks is told that it runs and what is amiss, as text or as a page', async () => {
  const ready = (): Promise<string[]> => Promise.resolve(['the store <is> full']);
  await withGateway({ context: { ready } }, async ({ get }) => {
    for (const path of ['/', '/health']) {
      const plain = await get(path);
      assert.equal(plain.headers.get('content-type'), 'text/plain; charset=utf-8');
      assert.match(await plain.text(), /^Weir is running, but:\nthe store <is> full\nIts base URL .* \/v1/);
      const page = await get(path, { accept: 'text/html,application/xhtml+xml' });
      assert.equal(page.headers.get('content-type'), 'text/html; charset=utf-8');
      assert.match(await page.text(), /^<!doctype html>.*<p>the store &lt;is> full<\/p>/);
    }
  });
  await withGateway({ context: { draining: () => true } }, async ({ get }) => {
    assert.equal((await get('/health')).status, 503);
  });
});

test('a role that there is not is the client’s mistake, and no server is asked', () =>
  withGateway({}, async ({ chat, small, large }) => {
    for (const role of ['robot', 'User', '']) {
      const response = await chat({
        messages: [
          { role: 'user', content: 'a' },
          { role, content: 'b' },
        ],
      });
      assert.equal(response.status, 400);
      const { error } = (await response.json()) as { error: { message: string; param: string } };
      assert.match(error.message, /one of system, developer, user, assistant, tool, function/);
      assert.equal(error.param, 'messages[1].role');
    }
    assert.equal(small.asked.length + large.asked.length, 0);
    for (const role of ['system', 'developer', 'user', 'assistant', 'tool', 'function'])
      assert.equal((await chat({ messages: [{ role, content: 'b' }] })).status, 200, role);
  }));

test('a gateway that cannot serve is alive, and not ready', () =>
  withGateway(
    { context: { ready: () => Promise.reject(new Error('disk full at /secret')) } },
    async ({ get, logged }) => {
      assert.equal((await get('/healthz')).status, 200);
      const response = await get('/readyz');
      assert.equal(response.status, ERRORS.internal_error.status);
      assert.ok(!(await response.text()).includes('/secret'));
      assert.ok(logged.some((line) => line.includes('disk full')));
    },
  ));

test('a gateway that shuts down takes no new work', () =>
  withGateway({ context: { draining: () => true } }, async ({ chat, get }) => {
    assert.equal(await codeOf(await chat({})), 'shutting_down');
    assert.equal((await get('/readyz')).status, 503);
  }));

test('the metrics count what happened', () =>
  withGateway({}, async ({ chat, get }) => {
    await chat({});
    const text = await (await get('/metrics')).text();
    assert.match(text, /weir_requests_total\{route="auto",decision="accepted",status="200"\} 1/);
    assert.match(text, /weir_attempts_total\{tier="small",result="ok"\} 1/);
    assert.match(text, /weir_tokens_total\{tier="small",kind="input"\} 10/);
    assert.match(text, /weir_requests_under_way 0/);
  }));
