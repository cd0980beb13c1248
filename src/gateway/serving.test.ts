import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { parseConfig } from '../config/load/load.ts';
import type { Config } from '../config/schema/schema.ts';
import { createGateway, createLog, type Gateway } from './gateway.ts';
import { keepVersion } from '../learning/versions/kept-version.ts';
import { startLoop } from '../learning/loop/loop.ts';
import { beginEpoch } from '../learning/loop/steps.ts';
import { testVersion } from '../learning/table/testing.ts';
import type { Version } from '../routing/version.ts';
import { createScriptedServer, type ScriptedServer } from '../upstream/scripted/scripted-server.ts';
import { answers, type ScriptedStep } from '../upstream/scripted/scripted-reply.ts';

const hand = { by: 'ada', atMs: 1 };
/** Certain of every word, or of none. */
const sure = answers({ tokens: [{ text: 'Paris', logprob: -0.01, top: [['Paris', -0.01]] }] });
const unsure = answers({ tokens: [{ text: 'Rome', logprob: -3, top: [['Rome', -3]] }] });

function configuration(baseUrl: string, more = ''): Config {
  const text = `listen: 127.0.0.1:0
store: "sqlite::memory:"
log: { level: silent }
upstreams:
  here: { baseUrl: "${baseUrl}", location: on-premises, retries: 0 }
models:
  small: { upstream: here, model: small-model, identity: made up, price: { input: 1, output: 1 } }
  large: { upstream: here, model: large-model, identity: made up, price: { input: 100, output: 100 } }
${more === '' ? 'routes: { auto: { tiers: [small, large], objective: { maxQualityLoss: 0.02, certainty: 0.9 } } }' : more}
`;
  const loaded = parseConfig(text, { file: 'weir.yaml', folder: '/', environment: {} });
  assert.ok(loaded.ok, JSON.stringify(loaded));
  return loaded.config;
}

interface Running {
  gateway: Gateway;
  upstream: ScriptedServer;
  ask(model?: string): Promise<Response>;
  get(path: string): Promise<Record<string, unknown>>;
}

async function start(context: TestContext, small: ScriptedStep = sure): Promise<Running> {
  const upstream = await createScriptedServer({
    chat: (asked) => {
      const step = asked.model === 'small-model' ? small : sure;
      return typeof step === 'function' ? step(asked) : step;
    },
  });
  const gateway = await createGateway({
    config: configuration(upstream.baseUrl),
    environment: {},
    log: createLog('silent'),
  });
  const { port } = await gateway.listen();
  context.after(async () => {
    await gateway.close();
    await upstream.close();
  });
  const url = `http://127.0.0.1:${port}`;
  return {
    gateway,
    upstream,
    ask: (model = 'auto') =>
      fetch(`${url}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Which town?' }] }),
      }),
    get: async (path) => (await (await fetch(url + path)).json()) as Record<string, unknown>,
  };
}

async function promote({ gateway }: Running, changes: Partial<Version> = {}): Promise<string> {
  const { hash } = await keepVersion(gateway.store, testVersion(changes), hand);
  await gateway.store.promoteVersion(hash, hand);
  await gateway.refreshVersions();
  return hash;
}

function shown(response: Response): Record<string, string | null> {
  const names = ['decision', 'tier', 'certified'];
  return Object.fromEntries(names.map((name) => [name, response.headers.get(`x-weir-${name}`)]));
}

const lastServes = { decision: 'direct', tier: 'large', certified: 'no' };
const smallServes = { decision: 'accepted', tier: 'small', certified: 'yes' };

test('a promoted version decides the next request, with its own policy, model and certificate', async (context) => {
  const running = await start(context);
  const before = await running.ask();
  assert.deepEqual(shown(before), lastServes);
  await promote(running);
  const after = await running.ask();
  assert.deepEqual(shown(after), smallServes);
  assert.notEqual(after.headers.get('x-weir-policy'), before.headers.get('x-weir-policy'));
  const decision = await running.get(`/v1/decisions/${after.headers.get('x-weir-id')}`);
  assert.match(String(decision['confidenceModel']), /^test@[0-9a-f]{12}$/);
  assert.equal(decision['certified'], true);
  assert.match(String(decision['reason']), /So small's answer is served/);
  // A model asked by its own name is judged by what needs no labels.
  const alone = await running.get(`/v1/decisions/${(await running.ask('small')).headers.get('x-weir-id')}`);
  assert.doesNotMatch(String(alone['confidenceModel']), /^test@/);
});

test('the version sends on what it doubts', async (context) => {
  const running = await start(context, unsure);
  await promote(running);
  assert.deepEqual(shown(await running.ask()), { decision: 'escalated', tier: 'large', certified: 'yes' });
});

test('where the traffic has changed since its certificate, what serves is not called certified any more', async (context) => {
  const running = await start(context);
  await promote(running);
  assert.deepEqual(shown(await running.ask()), smallServes);
  const { store } = running.gateway;
  const changedAtMs = Date.parse(testVersion().createdAt) + 1;
  const { state } = beginEpoch(startLoop(0), 'The traffic changed.', { nowMs: changedAtMs, upTo: 1 });
  await store.takeJob('learn:auto', 'me', 1_000);
  await store.stepJob('learn:auto', 'me', 1, { state: JSON.stringify(state), events: [], versions: [] });
  await running.gateway.refreshVersions();
  const response = await running.ask();
  assert.deepEqual(shown(response), { ...smallServes, certified: 'no' });
  const decision = await running.get(`/v1/decisions/${response.headers.get('x-weir-id')}`);
  assert.equal(decision['certified'], false);
});

test('a rollback takes effect at once, down to no version', async (context) => {
  const running = await start(context);
  await promote(running);
  await running.gateway.store.rollbackVersion('auto', hand);
  await running.gateway.refreshVersions();
  assert.deepEqual(shown(await running.ask()), lastServes);
});

test('a version that does not fit lets the last tier serve, and says why in every place', async (context) => {
  const running = await start(context);
  const hash = await promote(running, {
    tiers: [
      { name: 'small', model: 'older' },
      { name: 'large', model: 'large-model' },
    ],
  });
  const response = await running.ask();
  assert.deepEqual(shown(response), lastServes);
  const why = `version ${hash} was made for small as 'older', and it is 'small-model' now`;
  const { reason } = await running.get(`/v1/decisions/${response.headers.get('x-weir-id')}`);
  assert.equal(reason, `large answers everything: ${why}.`);
  assert.deepEqual(await running.get('/readyz'), {
    status: 'ready',
    degraded: [`Route 'auto': ${why}; large answers everything.`],
  });
});

test('a request that began under one configuration ends under it, its upstream removed meanwhile', async (context) => {
  const gate = Promise.withResolvers<void>();
  const running = await start(context, async (asked) => {
    await gate.promise;
    return typeof unsure === 'function' ? unsure(asked) : unsure;
  });
  await promote(running);
  const underWay = running.ask();
  await running.upstream.request(0);

  const elsewhere = await createScriptedServer({ chat: answers('From elsewhere.') });
  context.after(() => elsewhere.close());
  const routes = 'routes: { auto: { tiers: [small], serves: [gpt-4o] } }';
  const result = await running.gateway.reconfigure(configuration(elsewhere.baseUrl, routes));
  assert.deepEqual(result, { taken: ['upstreams.here changed', 'routes.auto changed'] });
  assert.deepEqual(shown(await running.ask('gpt-4o')), {
    decision: 'direct',
    tier: 'small',
    certified: 'no',
  });
  assert.equal(elsewhere.asked.length, 1);

  gate.resolve();
  const response = await underWay;
  assert.equal(response.status, 200);
  assert.deepEqual(shown(response), { decision: 'escalated', tier: 'large', certified: 'yes' });
  assert.deepEqual(
    running.upstream.asked.map(({ model }) => model),
    ['small-model', 'large-model'],
  );
});

test('a version lapses with a changed objective, and is there again with the old one', async (context) => {
  const running = await start(context);
  await promote(running);
  const objective = (loss: number) =>
    configuration(
      running.upstream.baseUrl,
      `routes: { auto: { tiers: [small, large], objective: { maxQualityLoss: ${loss} } } }`,
    );
  await running.gateway.reconfigure(objective(0.01));
  assert.deepEqual(shown(await running.ask()), lastServes);
  await running.gateway.reconfigure(objective(0.02));
  assert.deepEqual(shown(await running.ask()), smallServes);
});

test('a change that a running gateway cannot take is refused whole', async (context) => {
  const running = await start(context);
  const changed = configuration(running.upstream.baseUrl, 'routes: { other: { tiers: [small] } }');
  const result = await running.gateway.reconfigure({ ...changed, listen: { host: '127.0.0.1', port: 1 } });
  assert.ok('refused' in result);
  assert.deepEqual(
    result.refused.map(({ path }) => path),
    [['listen']],
  );
  assert.equal((await running.ask()).status, 200);
  assert.equal((await running.ask('other')).status, 404);
});

test('an upstream that did not change keeps its connection through a change', async (context) => {
  const running = await start(context);
  await (await running.ask()).text();
  const routes = 'routes: { auto: { tiers: [large] } }\nretention: { texts: true }';
  const result = await running.gateway.reconfigure(configuration(running.upstream.baseUrl, routes));
  assert.deepEqual(result, { taken: ['retention changed', 'routes.auto changed'].toReversed() });
  await (await running.ask()).text();
  assert.deepEqual(
    running.upstream.asked.map(({ connection }) => connection),
    [0, 0],
  );
});
