/** The gateway as its users run it, with servers and files that go wrong: who is told, where, and that it goes on. */
import assert from 'node:assert/strict';
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { startReceiver } from '../../src/alarms/testing.ts';
import { refuses, type ScriptedStep } from '../../src/upstream/scripted/scripted-reply.ts';
import { createScriptedServer } from '../../src/upstream/scripted/scripted-server.ts';
import { played } from '../../src/upstream/scripted/testing.ts';
import { startGateway } from './gateway-process.ts';
import { speak } from './scripted-gateway.ts';

interface Ready {
  status: number;
  body: { status?: string; degraded?: string[]; error?: { code: string; message: string } };
}

/** A ladder whose small model is never sure, so that every request goes on to the large one, whose answer can be replaced. */
async function start(context: TestContext) {
  let large: ScriptedStep = (asked) => speak(asked, 'Paris', -0.01);
  const server = await createScriptedServer({
    chat: (asked) => (asked.model === 'tiny' ? speak(asked, 'Rome', -3) : played(large, asked)),
  });
  const [plain, slack] = [await startReceiver(context), await startReceiver(context)];
  const gateway = await startGateway(`
alarms:
  - { webhook: "${plain.url}", token: token-very-secret }
  - { webhook: "${slack.url}", format: slack }
upstreams:
  local: { baseUrl: "${server.baseUrl}", location: on-premises, retries: 0 }
  far: { baseUrl: "${server.baseUrl}", location: cloud, retries: 0, apiKey: upstream-very-secret }
  nowhere: { baseUrl: "http://127.0.0.1:9/v1", location: on-premises, retries: 0 }
models:
  small: { upstream: local, model: tiny }
  large: { upstream: far, model: huge }
  gone: { upstream: nowhere, model: any }
routes:
  auto: { tiers: [small, large], objective: { thresholds: [0.8] } }
  dead: { tiers: [gone] }
`);
  context.after(async () => {
    await gateway.stop();
    await server.close();
  });
  return {
    gateway,
    plain,
    slack,
    answer(step: ScriptedStep) {
      large = step;
    },
    ask: (model = 'auto') =>
      fetch(`${gateway.origin}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Which town?' }] }),
      }),
    async ready(): Promise<Ready> {
      const response = await fetch(`${gateway.origin}/readyz`);
      return { status: response.status, body: (await response.json()) as Ready['body'] };
    },
    metrics: async () => (await fetch(`${gateway.origin}/metrics`)).text(),
  };
}

test('a last tier that refuses our key is in the log, the metrics, the webhooks and /readyz, and what is served is marked', async (context) => {
  const { gateway, plain, slack, answer, ask, ready, metrics } = await start(context);
  assert.deepEqual(await ready(), { status: 200, body: { status: 'ready' } });
  answer(refuses(401, { message: 'wrong key' }));
  const response = await ask();
  assert.deepEqual([response.status, response.headers.get('x-weir-decision')], [200, 'fallback']);
  // Without anybody asking for readiness.
  while (!plain.received.some(({ body }) => body['kind'] === 'key_refused'))
    await plain.until(plain.received.length + 1);
  const told = plain.received.find(({ body }) => body['kind'] === 'key_refused');
  assert.equal(told?.headers.authorization, 'Bearer token-very-secret');
  assert.deepEqual([told.body['status'], told.body['about']], ['firing', 'large']);
  assert.match(
    String(told.body['message']),
    /refused the gateway's own credentials \(401\).*last tier of auto\.$/,
  );
  assert.ok(plain.received.some(({ body }) => body['kind'] === 'last_tier_failed'));
  await slack.until(2);
  assert.match(
    slack.received.map(({ body }) => String(body['text'])).join('\n'),
    /^\*Weir: A server refuses/m,
  );
  const { status, body } = await ready();
  assert.equal(status, 200);
  assert.match((body.degraded ?? []).join('\n'), /refused the gateway's own credentials \(401\)/);
  assert.match(await metrics(), /^weir_alarms_active\{kind="key_refused"\} 1$/m);
  assert.match(gateway.output(), /"alarm":"key_refused"/);

  answer((asked) => speak(asked, 'Paris', -0.01));
  await ask();
  const over = () => plain.received.find((each) => each.body['status'] === 'resolved');
  while (over() === undefined) await plain.until(plain.received.length + 1);
  assert.equal(over()?.body['kind'], 'key_refused');
  assert.match(await metrics(), /^weir_alarms_active\{kind="key_refused"\} 0$/m);
  assert.doesNotMatch(gateway.output(), /very-secret/);
});

test('a dead route leaves the gateway ready, and its own file removed does not', async (context) => {
  const { gateway, plain, ask, ready } = await start(context);
  for (let times = 0; times < 6; times += 1) assert.equal((await ask('dead')).status, 503);
  const { status, body } = await ready();
  assert.equal(status, 200);
  assert.match((body.degraded ?? []).join('\n'), /^No tier of route 'dead' can be asked/m);
  assert.equal((await ask()).status, 200);

  const file = join(gateway.folder, 'weir.db');
  renameSync(file, `${file}.away`);
  const away = await ready();
  assert.deepEqual([away.status, away.body.error?.code], [503, 'store_unavailable']);
  assert.ok(!JSON.stringify(away).includes(gateway.folder));
  assert.equal((await ask()).status, 200);
  while (!plain.received.some(({ body: sent }) => sent['kind'] === 'store_failing'))
    await plain.until(plain.received.length + 1);
  renameSync(`${file}.away`, file);
  assert.equal((await ready()).status, 200);
});
