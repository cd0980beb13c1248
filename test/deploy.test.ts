/** What `deploy/` offers is valid for the programs that read it, and fits what the gateway does. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { configSchema } from '../src/config/schema/schema.ts';
import { textOf } from './project.ts';

const unit = textOf('deploy/systemd/weir.service');
const skip =
  spawnSync('systemd-analyze', ['--version']).status !== 0 && 'this machine has no systemd-analyze';

test('systemd takes the unit, and finds little that it is exposed to', { skip }, (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'weir-unit-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'weir.service');
  // It must name a program that is there.
  writeFileSync(file, unit.replace('/usr/local/bin/weir', process.execPath));
  const verified = spawnSync('systemd-analyze', ['verify', file], { encoding: 'utf8' });
  assert.deepEqual([verified.status, verified.stderr], [0, '']);
  const { stdout } = spawnSync('systemd-analyze', ['security', '--offline=true', file], { encoding: 'utf8' });
  const [, exposure = 'none'] = /exposure level for \S+: (\d+\.\d+)/.exec(stdout) ?? [];
  assert.ok(Number(exposure) < 2, exposure);
});

test('the unit gives requests the time that they have by default, and does not start again what cannot start', () => {
  const [, seconds = ''] = /^TimeoutStopSec=(\d+)$/m.exec(unit) ?? [];
  const { drainTimeout } = configSchema.parse({ upstreams: {}, models: {}, routes: {} });
  assert.ok(Number(seconds) * 1_000 > drainTimeout, `${seconds} s, ${drainTimeout} ms`);
  assert.match(unit, /^RestartPreventExitStatus=2$/m);
});
