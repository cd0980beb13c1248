import assert from 'node:assert/strict';
import { startLoop } from '../learning/loop/loop.ts';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { test, type TestContext } from 'node:test';
import { parseConfig } from '../config/load/load.ts';
import type { Config } from '../config/schema/schema.ts';
import { WeirError } from '../errors.ts';
import { DIALECTS } from '../upstream/dialects.ts';
import { createGatewayLearning } from './learning.ts';
import { readLearnerState, type LearnerState } from '../learning/learner/learner-state.ts';
import { openStore } from '../store/open.ts';
import type { Store } from '../store/contract/store.ts';
import { folder } from '../store/testing.ts';

function configOf(
  learning: string,
  upstream = "baseUrl: 'http://127.0.0.1:9'",
  maxQualityLoss = 0.02,
): Config {
  const text = `
upstreams: { local: { ${upstream}, location: on-premises } }
models:
  small: { upstream: local, model: tiny, price: { input: 1, output: 1 } }
  large: { upstream: local, model: huge, price: { input: 10, output: 10 } }
routes: { auto: { tiers: [small, large], objective: { maxQualityLoss: ${maxQualityLoss} } } }
${learning}`;
  const loaded = parseConfig(text, { file: 'weir.yaml', folder: '.', environment: {} });
  assert.ok(loaded.ok, JSON.stringify(loaded));
  return loaded.config;
}

async function start(
  context: TestContext,
  storeUrl: string,
  around: (store: Store) => Partial<Store> = () => ({}),
) {
  const store = await openStore(storeUrl);
  const warned: string[] = [];
  const silent = (): void => undefined;
  const learning = createGatewayLearning({
    store: { ...store, ...around(store) },
    storeUrl,
    log: { debug: silent, info: silent, warn: (_, message) => warned.push(message), error: silent },
    metrics: { learned: silent },
    raise: silent,
    dialects: DIALECTS,
    refreshVersions: () => Promise.resolve(),
  });
  context.after(async () => {
    await learning.close();
    await store.close();
  });
  return { store, learning, warned };
}

test('a store in memory cannot be learned from, and that is said', async (context) => {
  const { learning, warned } = await start(context, 'sqlite::memory:');
  await learning.follow(configOf('learning: {}'));
  assert.match(warned[0] ?? '', /Nothing is learned.*Name a file as the store/);
});

test('how often is audited follows what was learned, by whichever process, while the configuration learns', async (context) => {
  const { store, learning } = await start(context, `sqlite:${join(folder(context), 'weir.db')}`);
  // Somebody else learns: this process only sees it.
  await store.takeJob('learn:auto', 'another process', 3_600_000);
  await learning.follow(configOf(''));
  assert.equal(learning.auditing('auto'), undefined);
  const state = JSON.stringify({ ...startLoop(0), auditing: 'raised' });
  await store.stepJob('learn:auto', 'another process', Date.now(), { state, events: [], versions: [] });
  await learning.follow(configOf('learning: {}'));
  assert.equal(learning.auditing('auto'), 'raised');
  assert.equal(learning.auditing('other'), undefined);
  await learning.follow(configOf(''));
  assert.equal(learning.auditing('auto'), undefined);
});

test('a store that is away for the moment when learning begins delays it, and no more', async (context) => {
  const away = { jobs: true };
  const { store, learning } = await start(context, `sqlite:${join(folder(context), 'weir.db')}`, (whole) => ({
    jobs: () => (away.jobs ? Promise.reject(new WeirError('store_unavailable', 'Away.')) : whole.jobs()),
  }));
  await assert.rejects(learning.follow(configOf('learning: {}')), { code: 'store_unavailable' });
  away.jobs = false;
  await learning.follow(configOf('learning: {}'));
  // The thread has taken its first step.
  for (let look = 0; look < 100 && (await store.jobs())[0]?.state === undefined; look += 1) await delay(100);
  assert.equal((await store.jobs())[0]?.name, 'learn:auto');
});

test('a server at another address begins an epoch, another key or time-out does not', async (context) => {
  const { store, learning } = await start(context, `sqlite:${join(folder(context), 'weir.db')}`);
  const stateOnce = async (seen: (state: LearnerState) => boolean): Promise<LearnerState> => {
    for (let look = 0; look < 150; look += 1) {
      const text = (await store.jobs())[0]?.state;
      const state = text === undefined ? undefined : readLearnerState(text);
      if (state !== undefined && seen(state)) return state;
      await delay(100);
    }
    assert.fail('nothing was learned of it');
  };
  await learning.follow(configOf('learning: {}'));
  const { read } = await stateOnce((state) => state.read.asked !== undefined);
  // Another promise shows that the step was taken.
  const keyed = "baseUrl: 'http://127.0.0.1:9/', apiKey: 'another', timeouts: { total: 1m }";
  await learning.follow(configOf('learning: {}', keyed, 0.05));
  const later = await stateOnce((state) => state.read.asked?.objective.maxQualityLoss === 0.05);
  assert.deepEqual(later.read.asked, {
    ...read.asked,
    objective: { maxQualityLoss: 0.05, certainty: 0.9 },
  });
  assert.equal(later.epoch.why, 'the beginning');
  await learning.follow(configOf('learning: {}', "baseUrl: 'http://127.0.0.2:9'", 0.05));
  const moved = await stateOnce(({ epoch }) => epoch.why !== later.epoch.why);
  assert.match(
    moved.epoch.why,
    /^The address of small, or its stated identity, changed\. The address of large/,
  );
});
