import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { LEARNED_ROUTE } from '../../../test/made-audits.ts';
import { folder } from '../../store/testing.ts';
import { createLearnerThread, type LearnerNews, type LearnerThreadOptions } from './learner-thread.ts';

/** A thread of the given code. `until` resolves when a test of what has been said and logged holds. */
function start(context: TestContext, code: string, sleep?: LearnerThreadOptions['sleep']) {
  const source = join(folder(context), 'thread.mjs');
  writeFileSync(source, `import { parentPort, workerData } from 'node:worker_threads';\n${code}`);
  const reports: LearnerNews[] = [];
  const deaths: string[] = [];
  const waits: number[] = [];
  const kept: string[] = [];
  let changed = Promise.withResolvers<void>();
  const note = (): void => {
    changed.resolve();
    changed = Promise.withResolvers();
  };
  const silent = (): void => undefined;
  const thread = createLearnerThread({
    source: pathToFileURL(source),
    storeUrl: 'sqlite:./weir.db',
    log: {
      debug: silent,
      info: silent,
      warn: silent,
      error(fields, message) {
        deaths.push(`${message} ${JSON.stringify(fields)}`);
        note();
      },
    },
    onNews(report) {
      reports.push(report);
      note();
    },
    keepLease({ name, holder }) {
      kept.push(`${name} ${holder}`);
      note();
      return Promise.resolve(true);
    },
    now: () => 5,
    sleep(ms, signal) {
      waits.push(ms);
      if (sleep !== undefined) return sleep(ms, signal);
      // After three lives it is enough.
      return waits.length < 3
        ? Promise.resolve()
        : new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
    },
  });
  context.after(() => thread.close());
  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds()) await changed.promise;
  };
  return { thread, reports, deaths, waits, kept, until };
}

const ECHO = `parentPort.postMessage({ news: { events: [], forced: false, problems: [[workerData.storeUrl, String(workerData.routes.length)]] } });
  setInterval(() => {}, 1_000);`;

test('the thread gets the store and the routes, and its messages arrive', async (context) => {
  const { thread, reports, until } = start(context, ECHO);
  thread.learn([LEARNED_ROUTE]);
  await until(() => reports.length === 1);
  assert.deepEqual(reports[0]?.problems, [['sqlite:./weir.db', '1']]);
});

test('other routes replace the former ones, and without routes no thread runs', async (context) => {
  const { thread, reports, deaths, until } = start(context, ECHO);
  thread.learn([LEARNED_ROUTE]);
  thread.learn([LEARNED_ROUTE, LEARNED_ROUTE]);
  await until(() => reports.some(({ problems }) => problems[0]?.[1] === '2'));
  thread.learn([]);
  await thread.close();
  assert.deepEqual(deaths, []);
});

test('a thread that dies is logged, and restarts after a longer wait each time', async (context) => {
  const { thread, deaths, waits, until } = start(context, `throw new Error('no memory');`);
  thread.learn([LEARNED_ROUTE]);
  await until(() => deaths.length === 3);
  assert.deepEqual(
    waits,
    waits.toSorted((one, other) => one - other),
  );
  assert.ok(new Set(waits).size > 1);
  for (const death of deaths) assert.match(death, /thread died\. It restarts in .* s\. .*no memory/);
  await thread.close();
  assert.equal(deaths.length, 3);
});

test('the lease is extended while the thread fits and hears nothing, until it gives the job back or dies', async (context) => {
  const held = `parentPort.postMessage({ held: { name: 'learn:auto', holder: 'me' } });`;
  const busy = start(context, `${held} for (;;);`);
  busy.thread.learn([LEARNED_ROUTE]);
  await busy.until(() => busy.kept.length === 2);
  assert.deepEqual(busy.kept, ['learn:auto me', 'learn:auto me']);
  await busy.thread.close();
  const after = busy.kept.length;
  await setImmediate();
  assert.equal(busy.kept.length, after);

  const awake = Promise.withResolvers<void>();
  const code = `${held} parentPort.postMessage({}); ${ECHO}`;
  const done = start(context, code, () => awake.promise);
  done.thread.learn([LEARNED_ROUTE]);
  await done.until(() => done.reports.length === 1);
  assert.equal(done.waits.length, 1);
  awake.resolve();
  await setImmediate();
  assert.deepEqual(done.kept, []);
});
