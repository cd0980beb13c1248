import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readlinkSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import type { SchemaJudge } from '../judge.ts';
import { testedJudge, verdictOf, wordOf } from '../testing.ts';

const DATE = { type: 'string', format: 'date' };
const TODAY = '"2026-11-30"';
/** Only a deadline stops this pattern. */
const ENDLESS = { pattern: '^(?=(a+)+$)b' };
const LETTERS = JSON.stringify(`${'a'.repeat(5_000)}!`);

function ask({ judge }: SchemaJudge, schema: unknown, text: string, key = 'tenant'): Promise<string> {
  const asked = judge({ schema, value: JSON.parse(text), text, key });
  return asked instanceof Promise ? asked.then(wordOf) : Promise.resolve(wordOf(asked));
}

function pidOf({ state: { pid } }: SchemaJudge): number {
  assert.ok(pid !== undefined);
  return pid;
}

test('the process is started with the first question that needs it, and one answers all', async (context) => {
  const judge = testedJudge(context);
  assert.equal(await verdictOf(judge, { type: 'string' }, TODAY), 'fits');
  assert.equal(judge.state.processesStarted, 0);
  const verdicts = await Promise.all(['"soon"', TODAY, '7'].map((text) => ask(judge, DATE, text)));
  assert.deepEqual(verdicts, ['does_not_fit', 'fits', 'does_not_fit']);
  assert.equal(judge.state.processesStarted, 1);
});

test(
  'the process has no environment, and no file but its channel',
  { skip: process.platform !== 'linux' },
  async (context) => {
    const judge = testedJudge(context);
    process.env['WEIR_TEST_SECRET'] = 'sk-secret';
    assert.equal(await verdictOf(judge, DATE, TODAY), 'fits');
    delete process.env['WEIR_TEST_SECRET'];
    const folder = `/proc/${pidOf(judge)}`;
    const names = readFileSync(`${folder}/environ`, 'utf8')
      .split('\0')
      .map((entry) => entry.split('=')[0]);
    assert.deepEqual(
      names.filter((name) => name !== '' && name?.startsWith('NODE_CHANNEL_') !== true),
      [],
    );
    const open = readdirSync(`${folder}/fd`).map((descriptor) => readlinkSync(`${folder}/fd/${descriptor}`));
    const others = open.filter((target) => !/^(?:anon_inode:|pipe:|\/dev\/null$)/.test(target));
    assert.ok(others.length === 1 && others[0]?.startsWith('socket:'), others.join(' '));
  },
);

test('a killed process takes its question with it, and the next is answered by another', async (context) => {
  const judge = testedJudge(context, { deadlineMs: 60_000 });
  assert.equal(await ask(judge, DATE, TODAY), 'fits');
  const [endless, after] = [ask(judge, ENDLESS, LETTERS), ask(judge, DATE, TODAY)];
  process.kill(pidOf(judge), 'SIGKILL');
  assert.deepEqual([await endless, await after], ['died', 'fits']);
  assert.equal(judge.state.processesStarted, 2);
});

test(
  'a signal that asks the gateway to end does not end the process before it',
  { skip: process.platform === 'win32' },
  async (context) => {
    const judge = testedJudge(context);
    assert.equal(await ask(judge, DATE, TODAY), 'fits');
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.kill(pidOf(judge), signal);
    assert.equal(await ask(judge, DATE, '"soon"'), 'does_not_fit');
    assert.equal(judge.state.processesStarted, 1);
  },
);

test('a process that is killed while nothing is asked is replaced with the next question', async (context) => {
  const judge = testedJudge(context);
  assert.equal(await ask(judge, DATE, TODAY), 'fits');
  const first = pidOf(judge);
  process.kill(first, 'SIGKILL');
  while (judge.state.pid === first) await new Promise((wake) => setTimeout(wake, 5));
  assert.equal(judge.state.processesStarted, 1);
  assert.equal(await ask(judge, DATE, '"soon"'), 'does_not_fit');
  assert.notEqual(pidOf(judge), first);
});

test(
  'a process that does not answer is killed at the deadline',
  { skip: process.platform === 'win32' },
  async (context) => {
    const judge = testedJudge(context, { deadlineMs: 3_000 });
    assert.equal(await ask(judge, { format: 'no-such-format' }, '1'), 'fits');
    const first = pidOf(judge);
    process.kill(first, 'SIGSTOP');
    assert.equal(await ask(judge, DATE, TODAY), 'late');
    assert.equal(await ask(judge, DATE, TODAY), 'fits');
    assert.notEqual(judge.state.pid, first);
    assert.equal(judge.state.processesStarted, 2);
  },
);

test('a process that runs out of memory is replaced, and the gateway goes on', async (context) => {
  const judge = testedJudge(context, { heapMegabytes: 12 });
  assert.equal(await ask(judge, DATE, TODAY), 'fits');
  const large = { format: 'date', anyOf: Array.from({ length: 15_000 }, () => ({ not: {} })) };
  assert.equal(await ask(judge, large, TODAY), 'died');
  assert.equal(await ask(judge, DATE, TODAY), 'fits');
});

test('a process that cannot be started is not tried again at every question', async (context) => {
  const judge = testedJudge(context, { heapMegabytes: 1 });
  assert.deepEqual(await Promise.all([1, 2, 3].map((title) => ask(judge, { ...DATE, title }, TODAY))), [
    'unavailable',
    'unavailable',
    'unavailable',
  ]);
  const again = judge.judge({ schema: DATE, value: 'x', text: '"x"', key: 'k' });
  assert.ok(!(again instanceof Promise) && wordOf(again) === 'unavailable');
  assert.equal(judge.state.processesStarted, 1);
  assert.equal(await ask(judge, { type: 'string' }, TODAY), 'fits');
});

test('a thousand questions while the process is replaced are each answered once', async (context) => {
  const judge = testedJudge(context, { deadlineMs: 60_000 });
  const endless = ask(judge, ENDLESS, LETTERS);
  const asked = Array.from({ length: 1_000 }, (_, index) =>
    ask(judge, DATE, index % 2 === 0 ? TODAY : '"soon"', `tenant ${index % 7}`),
  );
  assert.equal(judge.state.waiting, 1_001);
  while (judge.state.waiting > 1_000) await new Promise((wake) => setTimeout(wake, 5));
  process.kill(pidOf(judge), 'SIGKILL');
  assert.equal(await endless, 'died');
  const verdicts = await Promise.all(asked);
  assert.deepEqual(
    verdicts,
    Array.from({ length: 1_000 }, (_, index) => (index % 2 === 0 ? 'fits' : 'does_not_fit')),
  );
  assert.equal(judge.state.waiting, 0);
});

test('what would wait beyond the bounds is refused at once, and what waits too long gives up', async (context) => {
  const judge = testedJudge(context, {
    maxWaiting: 3,
    maxWaitingBytes: 100_000,
    maxWaitMs: 1,
    deadlineMs: 60_000,
  });
  const asked = [1, 2, 3, 4].map((index) => {
    const judgement = judge.judge({ schema: DATE, value: 'x', text: '"x"', key: `k${index}` });
    return judgement instanceof Promise ? judgement.then(wordOf) : wordOf(judgement);
  });
  const [first, second, third, fourth] = asked;
  assert.equal(fourth, 'overloaded');
  assert.deepEqual([await first, await second, await third], ['overloaded', 'overloaded', 'overloaded']);
  assert.equal(judge.state.waiting, 0);
  const large = JSON.stringify('x'.repeat(60_000));
  assert.equal(await ask(judge, DATE, large), 'overloaded');
});

test('a key that has used its time is not judged for, others are', async (context) => {
  let clock = 0;
  const judge = testedJudge(context, { msPerMinute: 1_000, now: () => clock });
  const slow = ask(judge, DATE, TODAY, 'greedy');
  clock += 1_500;
  assert.equal(await slow, 'fits');
  assert.equal(
    await ask(judge, DATE, TODAY, 'greedy'),
    'fits',
    'what it took before it was asked is not counted',
  );
  const asked = ask(judge, DATE, TODAY, 'greedy');
  clock += 1_500;
  assert.equal(await asked, 'fits');
  assert.equal(await ask(judge, DATE, TODAY, 'greedy'), 'allowance_spent');
  assert.equal(
    await ask(judge, { type: 'string' }, TODAY, 'greedy'),
    'fits',
    'what is judged inline is free',
  );
  assert.equal(await ask(judge, DATE, TODAY, 'other'), 'fits');
  clock += 60_000;
  assert.equal(await ask(judge, DATE, TODAY, 'greedy'), 'fits');
});

test('known schemas go before those that are seen first', async (context) => {
  const judge = testedJudge(context);
  assert.equal(await ask(judge, DATE, TODAY), 'fits');
  const order: string[] = [];
  const note = (name: string, asked: Promise<string>) => asked.then(() => order.push(name));
  await Promise.all([
    note('first', ask(judge, DATE, TODAY)),
    note('new', ask(judge, { ...DATE, title: 'new' }, TODAY, 'a')),
    note('new', ask(judge, { ...DATE, title: 'newer' }, TODAY, 'b')),
    note('known', ask(judge, DATE, TODAY, 'c')),
  ]);
  assert.deepEqual(order, ['first', 'known', 'new', 'new']);
});

test('more schemas than the process keeps are sent again, and judged as before', async (context) => {
  const judge = testedJudge(context);
  const large = (index: number) => ({ const: index, format: 'date', description: 'x'.repeat(150_000) });
  for (let round = 0; round < 3; round += 1) {
    for (let index = 0; index < 5; index += 1) {
      assert.equal(await ask(judge, large(index), String(index)), 'fits');
      assert.equal(await ask(judge, large(index), String(index + 1)), 'does_not_fit');
    }
  }
  assert.equal(judge.state.processesStarted, 1);
});

test('what waits when the judge is closed is not judged, and nothing is judged afterwards', async (context) => {
  const judge = testedJudge(context, { deadlineMs: 60_000 });
  assert.equal(await ask(judge, DATE, TODAY), 'fits');
  const asked = [ask(judge, ENDLESS, LETTERS), ask(judge, DATE, TODAY)];
  judge.close();
  assert.deepEqual(await Promise.all(asked), ['unavailable', 'unavailable']);
  assert.equal(await ask(judge, DATE, TODAY), 'unavailable');
  assert.equal(await ask(judge, { type: 'string' }, TODAY), 'fits');
});

/** Runs a program that imports the judge, and resolves to its exit code and output. */
async function run(program: string): Promise<{ code: number | null; output: string }> {
  const url = pathToFileURL(join(import.meta.dirname, '../judge.ts')).href;
  const text = `import { createSchemaJudge } from '${url}';
    const judge = createSchemaJudge({ maxWaitMs: 60_000, deadlineMs: 5_000 });
    const ask = (schema, value) => judge.judge({ schema, value, text: JSON.stringify(value), key: 'k' });
    ${program}`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', text], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}

test('a gateway ends although its process runs, and takes it along', async () => {
  const { code, output } = await run(`
    console.log((await ask({ format: 'date' }, 'soon')).verdict, judge.state.pid);`);
  assert.equal(code, 0);
  const [verdict, pid] = output.trim().split(' ');
  assert.equal(verdict, 'does_not_fit');
  await gone(Number(pid));
});

test('a process whose gateway was killed ends, even in the middle of an endless pattern', async () => {
  const { output } = await run(
    `
    await ask({ format: 'date' }, 'soon');
    const endless = ask({ pattern: '^(?=(a+)+$)b' }, 'a'.repeat(5_000) + '!');
    console.log(judge.state.pid);
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), 200);
    await endless;`,
  );
  await gone(Number(output.trim()));
});

async function gone(pid: number): Promise<void> {
  const until = Date.now() + 60_000;
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    assert.ok(Date.now() < until, `process ${pid} still runs`);
    await new Promise((wake) => setTimeout(wake, 20));
  }
}
