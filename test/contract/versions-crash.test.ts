import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { readVersion } from '../../src/learning/versions/kept-version.ts';
import { openStore } from '../../src/store/open.ts';
import { folder } from '../../src/store/testing.ts';

const program = join(import.meta.dirname, 'promoting-without-end.ts');

for (const promotions of [1, 9, 40]) {
  test(`killed after ${promotions} promotions, a whole version is in force: the last one that was, or the next`, async (context) => {
    const path = join(folder(context), 'weir.db');
    const child = spawn(process.execPath, [program, path], { stdio: ['ignore', 'pipe', 'inherit'] });
    const closed = once(child, 'close');
    let seen = 0;
    for await (const _ of createInterface({ input: child.stdout })) {
      seen += 1;
      if (seen === promotions) child.kill('SIGKILL');
    }
    assert.equal(((await closed) as [number | null, string | null])[1], 'SIGKILL');

    const store = await openStore(`sqlite:${path}`);
    context.after(() => store.close());
    const steps = await store.versionSteps('auto');
    assert.ok(steps.length >= promotions);
    steps.forEach(({ number, replaced }, index) => {
      assert.equal(number, index + 1);
      assert.equal(replaced, steps[index - 1]?.version, 'each step begins where the one before it ended');
    });
    const active = await store.version((await store.activeVersions()).get('auto') ?? '');
    assert.ok(active !== undefined && 'version' in readVersion(active));
    const states = (await store.versions()).map(({ state }) => state);
    assert.equal(states.filter((state) => state === 'active').length, 1);
    // What was kept and not yet promoted is a candidate: at most the one that was being promoted.
    assert.ok(states.filter((state) => state === 'candidate').length <= 1);
  });
}
