import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { versionRow } from '../../src/store/testing.ts';
import type { VersionStore } from '../../src/store/contract/version-rows.ts';
import type { StoreUnderTest } from './store.contract.ts';

const ada = (atMs: number) => ({ by: 'ada', atMs });

async function keep(store: VersionStore, ...hashes: string[]): Promise<void> {
  for (const [index, hash] of hashes.entries())
    await store.saveVersion(versionRow(hash, { createdAtMs: 1_700_000_000_000 + index }));
}

async function states(store: VersionStore): Promise<Record<string, string>> {
  return Object.fromEntries((await store.versions()).map(({ hash, state }) => [hash, state]));
}

const active = async (store: VersionStore): Promise<object> =>
  Object.fromEntries(await store.activeVersions());

/** What every store keeps to with versions. */
export function versionContract(open: (context: TestContext) => Promise<StoreUnderTest>): void {
  describe('versions', () => {
    test('a version comes back as it went in, with every field, as a candidate', async (context) => {
      const { store } = await open(context);
      const certificate = '{"promise":"loss","limit":0.02}';
      const version = versionRow('abc123', {
        certificate,
        parent: '000000',
        content: '{"text":"ü \u{1f30a}"}',
      });
      assert.equal(await store.saveVersion(version), true);
      assert.deepEqual(await store.version('abc123'), { ...version, state: 'candidate' });
      await store.saveVersion(versionRow('def456'));
      assert.deepEqual(await store.version('def456'), { ...versionRow('def456'), state: 'candidate' });
    });

    test('what was kept is never changed: the same hash again is no news', async (context) => {
      const { store } = await open(context);
      await store.saveVersion(versionRow('abc123'));
      assert.equal(await store.saveVersion(versionRow('abc123', { createdBy: 'eve', content: '{}' })), false);
      assert.deepEqual(await store.version('abc123'), { ...versionRow('abc123'), state: 'candidate' });
    });

    test('a list is newest first, of one route or all, without the contents', async (context) => {
      const { store } = await open(context);
      await keep(store, 'aa', 'bb');
      await store.saveVersion(versionRow('cc', { route: 'support', createdAtMs: 1 }));
      assert.deepEqual(
        (await store.versions()).map(({ hash }) => hash),
        ['bb', 'aa', 'cc'],
      );
      const { content: _, ...listed } = versionRow('cc', { route: 'support', createdAtMs: 1 });
      assert.deepEqual(await store.versions({ route: 'support' }), [{ ...listed, state: 'candidate' }]);
    });

    test('a version is found by the first characters of its hash, if they are its alone', async (context) => {
      const { store } = await open(context);
      await keep(store, 'abc123', 'abd456');
      assert.equal((await store.version('abc'))?.hash, 'abc123');
      assert.equal(await store.version('x'), undefined);
      assert.equal(await store.version(''), undefined);
      assert.equal(await store.version('ab%'), undefined);
      await assert.rejects(store.version('ab'), {
        code: 'invalid_request',
        message: /Several versions begin with 'ab'/,
      });
    });

    test('one version of a route is in force, and promoting another replaces it', async (context) => {
      const { store } = await open(context);
      await keep(store, 'aa', 'bb', 'cc');
      await store.saveVersion(versionRow('other', { route: 'support' }));
      assert.deepEqual(await active(store), {});
      await store.promoteVersion('aa', ada(1));
      await store.promoteVersion('other', ada(2));
      await store.promoteVersion('bb', ada(3));
      assert.deepEqual(await active(store), { auto: 'bb', support: 'other' });
      assert.deepEqual(await states(store), {
        aa: 'retired',
        bb: 'active',
        cc: 'candidate',
        other: 'active',
      });
    });

    test('a rollback goes back a step each time, at last to none, and then there is nothing to take back', async (context) => {
      const { store } = await open(context);
      await keep(store, 'aa', 'bb', 'cc');
      for (const [index, hash] of ['aa', 'bb', 'cc'].entries()) await store.promoteVersion(hash, ada(index));
      const seen: unknown[] = [];
      for (let step = 0; step < 3; step += 1) {
        await store.rollbackVersion('auto', ada(10 + step));
        seen.push((await store.activeVersions()).get('auto'));
      }
      assert.deepEqual(seen, ['bb', 'aa', undefined]);
      await assert.rejects(store.rollbackVersion('auto', ada(20)), {
        code: 'invalid_request',
        message: /No version is in force on route 'auto'/,
      });
      assert.equal((await states(store))['cc'], 'retired');
    });

    test('what was rolled back can be promoted again, and the next rollback undoes that alone', async (context) => {
      const { store } = await open(context);
      await keep(store, 'aa', 'bb');
      await store.promoteVersion('aa', ada(1));
      await store.promoteVersion('bb', ada(2));
      await store.rollbackVersion('auto', ada(3));
      await store.promoteVersion('bb', ada(4));
      assert.deepEqual(await active(store), { auto: 'bb' });
      assert.equal((await store.rollbackVersion('auto', ada(5))).version, 'aa');
    });

    test('every step is kept, with who took it and when', async (context) => {
      const { store } = await open(context);
      await keep(store, 'aa', 'bb');
      const first = await store.promoteVersion('aa', ada(1));
      await store.promoteVersion('bb', { by: 'grace', atMs: 2 });
      assert.equal(await store.promoteVersion('bb', { by: 'eve', atMs: 3 }), undefined);
      await store.rollbackVersion('auto', ada(4));
      const steps = await store.versionSteps('auto');
      assert.deepEqual(steps, [
        { route: 'auto', number: 1, action: 'promote', version: 'aa', takenBy: 'ada', takenAtMs: 1 },
        {
          route: 'auto',
          number: 2,
          action: 'promote',
          version: 'bb',
          replaced: 'aa',
          takenBy: 'grace',
          takenAtMs: 2,
        },
        {
          route: 'auto',
          number: 3,
          action: 'rollback',
          version: 'aa',
          replaced: 'bb',
          takenBy: 'ada',
          takenAtMs: 4,
        },
      ]);
      assert.deepEqual(first, steps[0]);
      assert.deepEqual(await store.versionSteps('support'), []);
    });

    test('what is not kept cannot be promoted', async (context) => {
      const { store } = await open(context);
      await assert.rejects(store.promoteVersion('aa', ada(1)), {
        code: 'invalid_request',
        message: /no version 'aa'/,
      });
      assert.deepEqual(await store.versionSteps('auto'), []);
    });

    test('of many that promote at once each takes its own step, one after the other', async (context) => {
      const { store, again } = await open(context);
      const other = (await again?.()) ?? store;
      const hashes = Array.from({ length: 12 }, (_, index) => `v${index}`);
      await keep(store, ...hashes);
      await Promise.all(
        hashes.map((hash, index) => (index % 2 === 0 ? store : other).promoteVersion(hash, ada(index))),
      );
      const steps = await store.versionSteps('auto');
      assert.deepEqual(
        steps.map(({ number }) => number),
        hashes.map((_, index) => index + 1),
      );
      steps.forEach(({ replaced }, index) => assert.equal(replaced, steps[index - 1]?.version));
      assert.equal((await store.activeVersions()).get('auto'), steps.at(-1)?.version);
    });

    test('a promotion moves the change counter of other connections', async (context) => {
      const { store, again } = await open(context);
      if (again === undefined) return context.skip('this database has one connection only');
      const other = await again();
      await keep(store, 'aa');
      const before = await other.changeCounter();
      await store.promoteVersion('aa', ada(1));
      assert.notEqual(await other.changeCounter(), before);
    });
  });
}
