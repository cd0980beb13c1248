/** A rollout is raised and stopped while the gateway runs, survives a restart, and ends by itself where a tier fails. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { played } from '../../src/upstream/scripted/testing.ts';
import { createScriptedServer, type ScriptedServer } from '../../src/upstream/scripted/scripted-server.ts';
import { startGateway, type GatewayProcess } from './gateway-process.ts';
import { broken, sure } from './scripted-gateway.ts';

const main = join(import.meta.dirname, '../../src/cli/main.ts');
const QUESTIONS = 40;

let upstream: ScriptedServer;
let ill = false;
let gateway: GatewayProcess;
before(async () => {
  upstream = await createScriptedServer({
    chat: (asked) => played(asked.model === 'tiny' && ill ? broken : sure, asked),
  });
  gateway = await startGateway(`recorder: { interval: 1ms }
upstreams: { here: { baseUrl: '${upstream.baseUrl}', location: on-premises, retries: 0 } }
models:
  small: { upstream: here, model: tiny, price: { input: 1, output: 1 }, logprobs: stream }
  large: { upstream: here, model: huge, price: { input: 50, output: 50 }, logprobs: stream }
routes:
  auto: { tiers: [small, large], mode: observe, objective: { thresholds: [0.3] } }
  unproven: { tiers: [small, large], mode: observe, objective: { maxQualityLoss: 0.05 } }
learning: { agreement: exact }
`);
});
after(async () => {
  await gateway?.stop('SIGKILL');
  await upstream?.close();
});

function weir(...args: string[]): { code: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    cwd: gateway.folder,
    encoding: 'utf8',
  });
  return { code: status, stdout, stderr };
}

async function ask(content: string, more: object[] = [], headers = {}): Promise<Response> {
  return fetch(`${gateway.origin}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ model: 'auto', messages: [{ role: 'user', content }, ...more] }),
  });
}

/** The questions that the policy decides now. */
async function taken(more: object[] = []): Promise<Set<number>> {
  const decided = new Set<number>();
  for (let number = 0; number < QUESTIONS; number += 1) {
    const response = await ask(`Question ${number}?`, more);
    await response.text();
    const observed = response.headers.get('x-weir-observed') === 'yes';
    assert.equal(response.headers.get('x-weir-tier') === 'large' && observed, observed);
    if (!observed) decided.add(number);
  }
  return decided;
}

/** Waits until the gateway has taken a change, which may be in the middle of the questions; a test that it does not take hangs. */
async function until(holds: (decided: Set<number>) => boolean): Promise<Set<number>> {
  for (;;) {
    if (holds(await taken())) return taken();
    await sleep(100);
  }
}

test('it is raised and stopped by a command, takes whole conversations, and only adds', async () => {
  assert.equal((await taken()).size, 0);
  const raised = weir('rollout', 'auto', '40%', '--by', 'ada', '--why', 'a first look');
  assert.equal(raised.code, 0, raised.stderr);
  assert.match(raised.stdout, /^Route auto: its policy decides 40 % of the conversations/);
  const some = await until(({ size }) => size > 0);
  assert.ok(some.size < QUESTIONS);
  assert.deepEqual(await taken(), some, 'the same question, the same way');
  const turns = [
    { role: 'assistant', content: 'Rome' },
    { role: 'user', content: 'Are you sure?' },
  ];
  assert.deepEqual(await taken(turns), some, 'a conversation stays where it is');
  assert.equal(weir('rollout', 'auto', '0.8').code, 0);
  const more = await until(({ size }) => size > some.size);
  assert.deepEqual(
    [...some].filter((number) => !more.has(number)),
    [],
  );
  assert.equal(weir('rollout', 'auto', 'stop').code, 0);
  await until(({ size }) => size === 0);
});

test('a share of a policy that waits for a version is said to change nothing yet; a rule set by hand waits for none', async () => {
  const waits =
    /^No version is in force yet, so large answers everything until one is, whatever the share\.$/m;
  assert.match(weir('rollout', 'unproven', '30%').stdout, waits);
  while (!/'unproven': its policy decides 30 % .* No version is in force yet/.test(gateway.output()))
    await sleep(100);
  assert.doesNotMatch(gateway.output(), /'auto': .* No version is in force yet/);
  assert.match(weir('rollout', 'unproven').stdout, waits);
  assert.doesNotMatch(weir('rollout', 'unproven', 'stop').stdout, waits);
  assert.doesNotMatch(weir('rollout', 'auto').stdout, waits);
  const wrong = weir('rollout', 'nope', '30%');
  assert.deepEqual([wrong.code, wrong.stdout], [2, '']);
  assert.match(wrong.stderr, /no route 'nope'\. It has: auto, unproven\.$/m);
});

test('what the command said holds after a restart, until the file says something else', async () => {
  assert.equal(weir('rollout', 'auto', '100%').code, 0);
  await until(({ size }) => size === QUESTIONS);
  await gateway.stop();
  const file = join(gateway.folder, 'weir.yaml');
  const yaml = readFileSync(file, 'utf8').replace(/^listen:.*\nstore:.*\n/, '');
  gateway = await startGateway(yaml, gateway.folder);
  assert.equal((await taken()).size, QUESTIONS);
  const checked = weir('check').stdout;
  assert.match(checked, /Its policy decides every request\./);
  assert.match(checked, /set with `[^`]*rollout` .* by .*; the file says 0 %/);
  writeFileSync(file, readFileSync(file, 'utf8').replace('mode: observe', 'rollout: 0.4'));
  gateway.process.kill('SIGHUP');
  const some = await until(({ size }) => size < QUESTIONS);
  assert.ok(some.size > 0);
});

test('an observed request says why nothing cheaper was done, and so does its decision', async () => {
  const some = await taken();
  const other = Array.from({ length: QUESTIONS }, (_, number) => number).find((number) => !some.has(number));
  const response = await ask(`Question ${other ?? ''}?`, [], { 'x-weir-explain': '1' });
  const { weir: said } = (await response.json()) as {
    weir: { observed: boolean; whyNotCheaper: { action: string; reason: string }[] };
  };
  assert.equal(said.observed, true);
  assert.match(
    said.whyNotCheaper[0]?.reason ?? '',
    /small was not asked before the answer: .*40 % of the conversations, and this is one of the others/,
  );
  const id = response.headers.get('x-weir-id') ?? '';
  const decision = (await (await fetch(`${gateway.origin}/v1/decisions/${id}`)).json()) as {
    whyNotCheaper: unknown;
    explanation: { observed: { share: number } };
  };
  assert.deepEqual(decision.whyNotCheaper, said.whyNotCheaper);
  assert.equal(decision.explanation.observed.share, 0.4);
});

test('a tier that keeps failing ends it, which is said and kept', async () => {
  ill = true;
  await until(({ size }) => size === 0);
  ill = false;
  assert.match(
    gateway.output(),
    /The rollout at 40 % has stopped: large answers everything until `[^`]*rollout auto 40%` resumes it\./,
  );
  const shown = weir('rollout', 'auto').stdout;
  assert.match(
    shown,
    /^Route auto: it observes, so its last tier answers everything\.\nThe configuration says 40 %\./,
  );
  assert.match(shown, /stopped, by weir: Tier 'small' of route 'auto' keeps failing/);
  assert.match(shown, /40 %, by ada: a first look/);
  const { steps } = JSON.parse(weir('rollout', 'auto', '--json').stdout) as { steps: { share: number }[] };
  assert.deepEqual(
    steps.map(({ share }) => share),
    [0.4, 0.8, 0, 1, 0],
  );
  assert.match(
    weir('learning').stdout,
    /This route observes: large answers everything \(.* by weir: Tier 'small'/,
  );
});

test('what is no share, or has nothing to share, is refused with what to do', () => {
  const wrong = weir('rollout', 'auto', '120%');
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /'120%' is no share\. Write a percentage such as 25%, or stop\./);
  assert.equal(weir('rollout', 'nowhere', '5%').code, 2);
  assert.match(weir('rollout').stdout, /route +decided by its policy +configured/);
});
