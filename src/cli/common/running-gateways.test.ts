import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, test } from 'node:test';
import { announceGateway, runningGateways } from './running-gateways.ts';
import { createFolder } from './testing.ts';

const removals: (() => Promise<void>)[] = [];
let environment: Record<string, string>;
let notes: string;
beforeEach(async () => {
  const { folder, remove } = await createFolder();
  removals.push(remove);
  environment = { XDG_STATE_HOME: folder };
  notes = join(folder, 'weir/gateways');
});
after(() => Promise.all(removals.map((remove) => remove())));

const ABOUT = {
  address: 'http://127.0.0.1:8787',
  configuration: '/etc/weir/weir.yaml',
  store: '/var/lib/weir/weir.db',
  folder: '/srv',
};

test('a gateway is known while it runs, by a file that only its user can read', () => {
  const silence = announceGateway(ABOUT, environment);
  assert.deepEqual(runningGateways(environment), [{ ...ABOUT, pid: process.pid }]);
  const [name = ''] = readdirSync(notes);
  assert.equal(statSync(join(notes, name)).mode & 0o777, 0o600);
  assert.equal(statSync(notes).mode & 0o777, 0o700);
  silence();
  assert.deepEqual([runningGateways(environment), readdirSync(notes)], [[], []]);
});

test('what a killed gateway left counts for nothing, also where another process has its number; the next start removes it', async () => {
  announceGateway(ABOUT, environment)();
  const child = spawn(process.execPath, ['-e', ''], { stdio: 'ignore' });
  await new Promise((resolve) => child.on('close', resolve));
  const left = { ...ABOUT, machine: hostname() };
  const write = (pid: number, note: object): void =>
    writeFileSync(join(notes, `${pid}.json`), JSON.stringify({ ...left, pid, ...note }));
  write(child.pid ?? 0, { began: '1' });
  write(process.ppid, { began: 'at another time' });
  writeFileSync(join(notes, '7.json'), '{"pid":');
  assert.deepEqual(runningGateways(environment), []);
  write(9, { began: '1', machine: 'another' });
  const silence = announceGateway(ABOUT, environment);
  assert.deepEqual(
    readdirSync(notes).toSorted(),
    ['9.json', `${process.pid}.json`].toSorted(),
    'what another machine wrote stays',
  );
  silence();
});

test('a folder that others can write to is not believed', () => {
  const silence = announceGateway(ABOUT, environment);
  chmodSync(notes, 0o777);
  assert.deepEqual(runningGateways(environment), []);
  chmodSync(notes, 0o700);
  assert.equal(runningGateways(environment).length, 1);
  assert.doesNotMatch(readFileSync(join(notes, `${process.pid}.json`), 'utf8'), /sqlite:/);
  silence();
});
