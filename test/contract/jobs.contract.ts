import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import type { JobStep } from '../../src/store/contract/learning-rows.ts';
import { learningEvent, versionRow } from '../../src/store/testing.ts';
import type { StoreUnderTest } from './store.contract.ts';

const job = 'learn:auto';
/** Longer than any test takes. */
const LONG_MS = 600_000;
/** A lease that has ended as soon as it is there. */
const ENDED_MS = 0;

const step = (state: string, changes: Partial<JobStep> = {}): JobStep => ({
  state,
  events: [],
  versions: [],
  ...changes,
});
const forcing = (version: string | null, instead: string | null = null) => ({
  route: 'auto',
  version,
  by: 'learning',
  instead,
});

/** What every store keeps to with jobs: one holder at a time, and whole steps. */
export function jobContract(open: (context: TestContext) => Promise<StoreUnderTest>): void {
  const openTwo = async (context: TestContext) => {
    const { store, again } = await open(context);
    return { store, other: (await again?.()) ?? store };
  };

  describe('jobs', () => {
    test('a job that was never done has no state, and is the first one’s who asks', async (context) => {
      const { store, other } = await openTwo(context);
      assert.deepEqual(await store.jobs(), []);
      const taken = await store.takeJob(job, 'one', LONG_MS);
      const leaseUntilMs = taken?.leaseUntilMs ?? NaN;
      assert.deepEqual(taken, { name: job, holder: 'one', leaseUntilMs });
      assert.ok(Number.isSafeInteger(leaseUntilMs), 'whole milliseconds, as a number');
      assert.equal(await other.takeJob(job, 'two', LONG_MS), undefined);
      assert.deepEqual(await other.jobs(), [taken]);
    });

    test('of many that ask at once one has it', async (context) => {
      const { store, other } = await openTwo(context);
      const asked = Array.from({ length: 20 }, (_, index) =>
        (index % 2 === 0 ? store : other).takeJob(job, `holder ${index}`, LONG_MS),
      );
      assert.equal((await Promise.all(asked)).filter((taken) => taken !== undefined).length, 1);
    });

    test('a job that was left goes to others with the state it has', async (context) => {
      const { store, other } = await openTwo(context);
      await store.takeJob(job, 'one', LONG_MS);
      assert.equal(await store.stepJob(job, 'one', 110, step('{"seen":1}')), true);
      await store.leaveJob(job, 'one');
      assert.deepEqual(await store.jobs(), [{ name: job, leaseUntilMs: 0, state: '{"seen":1}' }]);
      const taken = await other.takeJob(job, 'two', LONG_MS);
      assert.deepEqual(taken, {
        name: job,
        holder: 'two',
        leaseUntilMs: taken?.leaseUntilMs,
        state: '{"seen":1}',
      });
    });

    test('at the end of the lease somebody else may take it, and then the former holder writes nothing', async (context) => {
      const { store, other } = await openTwo(context);
      await store.saveVersion(versionRow('aa'));
      await store.takeJob(job, 'one', ENDED_MS);
      await store.stepJob(job, 'one', 110, step('of one'));
      const taken = await other.takeJob(job, 'two', LONG_MS);
      assert.equal(taken?.state, 'of one');
      const late = step('late', {
        events: [learningEvent('candidate')],
        versions: [versionRow('bb')],
        force: forcing('aa'),
      });
      assert.equal(await store.stepJob(job, 'one', 161, late), false);
      assert.equal(await store.keepJob(job, 'one', LONG_MS), false);
      await store.leaveJob(job, 'one');
      assert.deepEqual(await store.jobs(), [taken]);
      assert.deepEqual(await store.learningEvents({ limit: 9 }), []);
      assert.equal(await store.version('bb'), undefined);
      assert.deepEqual(await store.versionSteps('auto'), []);
    });

    test('it does not come back to the former holder when the next one leaves', async (context) => {
      const { store, other } = await openTwo(context);
      await store.takeJob(job, 'one', ENDED_MS);
      await other.takeJob(job, 'two', LONG_MS);
      await other.stepJob(job, 'two', 170, step('of two'));
      await other.leaveJob(job, 'two');
      assert.equal(await store.keepJob(job, 'one', LONG_MS), false);
      assert.equal(await store.stepJob(job, 'one', 180, step('of one')), false);
      assert.equal((await store.jobs())[0]?.state, 'of two');
    });

    test('a lease can be made longer, and one that has ended is still the holder’s while nobody asks', async (context) => {
      const { store, other } = await openTwo(context);
      const taken = await store.takeJob(job, 'one', ENDED_MS);
      assert.equal(await store.stepJob(job, 'one', 250, step('late, and in nobody’s way')), true);
      assert.equal(await store.keepJob(job, 'one', LONG_MS), true);
      const [kept] = await store.jobs();
      assert.ok((kept?.leaseUntilMs ?? NaN) >= (taken?.leaseUntilMs ?? NaN) + LONG_MS);
      assert.equal(await other.takeJob(job, 'two', LONG_MS), undefined);
      assert.equal(await store.keepJob('learn:support', 'one', LONG_MS), false);
      assert.equal(await store.stepJob('learn:support', 'one', 200, step('')), false);
    });

    test('a lease ends by the clock of the database, whatever a process takes for the time', async (context) => {
      const { store, other } = await openTwo(context);
      const real = Date.now;
      context.after(() => (Date.now = real));
      Date.now = () => real() + 100 * LONG_MS;
      const taken = await store.takeJob(job, 'one', LONG_MS);
      for (const off of [0, 200 * LONG_MS, -200 * LONG_MS]) {
        Date.now = () => real() + off;
        assert.equal(await other.takeJob(job, 'two', LONG_MS), undefined, 'held');
      }
      Date.now = real;
      assert.ok((taken?.leaseUntilMs ?? NaN) < real() + 50 * LONG_MS, 'not by the clock that was ahead');
      Date.now = () => real() + 100 * LONG_MS;
      await store.keepJob(job, 'one', ENDED_MS);
      Date.now = () => real() - 100 * LONG_MS;
      assert.equal((await other.takeJob(job, 'two', LONG_MS))?.holder, 'two', 'ended');
    });

    test('jobs of other names are others’', async (context) => {
      const { store } = await openTwo(context);
      await store.takeJob(job, 'one', LONG_MS);
      assert.equal((await store.takeJob('learn:support', 'two', LONG_MS))?.holder, 'two');
      await store.leaveJob(job, 'one');
      assert.deepEqual(
        (await store.jobs()).map(({ holder }) => holder),
        [undefined, 'two'],
      );
    });
  });

  describe('steps of a job', () => {
    test('state, events, versions and what is in force change together', async (context) => {
      const { store, other } = await openTwo(context);
      await store.takeJob(job, 'one', LONG_MS);
      const events = [
        learningEvent('candidate', { version: 'aa' }),
        learningEvent('promoted', { version: 'aa' }),
      ];
      const before = await other.changeCounter();
      const whole = step('next', { events, versions: [versionRow('aa')], force: forcing('aa') });
      assert.equal(await store.stepJob(job, 'one', 110, whole), true);
      assert.deepEqual(await other.learningEvents({ limit: 9 }), events.toReversed());
      assert.equal((await other.version('aa'))?.state, 'active');
      assert.deepEqual(await other.versionSteps('auto'), [
        { route: 'auto', number: 1, action: 'promote', version: 'aa', takenBy: 'learning', takenAtMs: 110 },
      ]);
      if (other !== store) assert.notEqual(await other.changeCounter(), before);
    });

    test('a step that cannot be taken whole changes nothing', async (context) => {
      const { store } = await openTwo(context);
      await store.saveVersion(versionRow('cc', { route: 'support' }));
      await store.takeJob(job, 'one', LONG_MS);
      await store.stepJob(job, 'one', 105, step('before'));
      for (const missing of ['bb', 'cc']) {
        const half = step('after', {
          events: [learningEvent('promoted')],
          versions: [versionRow('aa')],
          force: forcing(missing),
        });
        await assert.rejects(store.stepJob(job, 'one', 110, half), {
          code: 'invalid_request',
          message: new RegExp(`no version '${missing}' of the route 'auto'`),
        });
      }
      assert.equal((await store.jobs())[0]?.state, 'before');
      assert.deepEqual(await store.learningEvents({ limit: 9 }), []);
      assert.equal(await store.version('aa'), undefined);
      assert.equal(await store.stepJob(job, 'one', 120, step('after')), true);
    });

    test('where an operator was quicker nothing of the step is written', async (context) => {
      const { store, other } = await openTwo(context);
      for (const hash of ['aa', 'bb', 'cc']) await store.saveVersion(versionRow(hash));
      await store.promoteVersion('aa', { by: 'ada', atMs: 1 });
      await store.takeJob(job, 'one', LONG_MS);
      await other.promoteVersion('bb', { by: 'ada', atMs: 2 });
      for (const instead of ['aa', null]) {
        const late = step('late', { events: [learningEvent('promoted')], force: forcing('cc', instead) });
        assert.equal(await store.stepJob(job, 'one', 110, late), false);
      }
      assert.equal((await store.jobs())[0]?.state, undefined);
      assert.deepEqual(await store.learningEvents({ limit: 9 }), []);
      assert.equal((await store.activeVersions()).get('auto'), 'bb');
      assert.equal(await store.stepJob(job, 'one', 120, step('', { force: forcing('cc', 'bb') })), true);
    });

    test('a version that is kept already stays as it is', async (context) => {
      const { store } = await openTwo(context);
      await store.saveVersion(versionRow('aa'));
      await store.takeJob(job, 'one', LONG_MS);
      const versions = [versionRow('aa', { createdBy: 'learning' })];
      assert.equal(await store.stepJob(job, 'one', 110, step('', { versions })), true);
      assert.deepEqual(await store.version('aa'), { ...versionRow('aa'), state: 'candidate' });
    });

    test('what is in force already takes no step', async (context) => {
      const { store } = await openTwo(context);
      await store.takeJob(job, 'one', LONG_MS);
      await store.stepJob(job, 'one', 110, step('', { force: forcing(null) }));
      await store.stepJob(job, 'one', 111, step('', { versions: [versionRow('aa')], force: forcing('aa') }));
      await store.stepJob(job, 'one', 112, step('', { force: forcing('aa', 'aa') }));
      assert.equal((await store.versionSteps('auto')).length, 1);
    });

    test('after all versions were taken out of force, a rollback never brings one of them back', async (context) => {
      const { store } = await openTwo(context);
      const ada = { by: 'ada', atMs: 1 };
      for (const hash of ['aa', 'bb', 'cc']) await store.saveVersion(versionRow(hash));
      await store.promoteVersion('aa', ada);
      await store.promoteVersion('bb', ada);
      await store.takeJob(job, 'one', LONG_MS);
      await store.stepJob(job, 'one', 110, step('', { force: forcing(null, 'bb') }));
      assert.deepEqual((await store.versionSteps('auto')).at(-1), {
        route: 'auto',
        number: 3,
        action: 'rollback',
        replaced: 'bb',
        takenBy: 'learning',
        takenAtMs: 110,
      });
      assert.equal((await store.activeVersions()).size, 0);
      await assert.rejects(store.rollbackVersion('auto', ada), /No version is in force on route 'auto'/);
      await store.promoteVersion('cc', ada);
      assert.equal((await store.rollbackVersion('auto', ada)).version, undefined);
    });

    test('going back to an earlier version leaves all that came after it', async (context) => {
      const { store } = await openTwo(context);
      const ada = { by: 'ada', atMs: 1 };
      for (const hash of ['aa', 'bb', 'cc', 'dd']) await store.saveVersion(versionRow(hash));
      for (const hash of ['aa', 'bb', 'cc']) await store.promoteVersion(hash, ada);
      await store.takeJob(job, 'one', LONG_MS);
      await store.stepJob(job, 'one', 110, step('', { force: forcing('aa', 'cc') }));
      assert.equal((await store.versionSteps('auto')).at(-1)?.action, 'rollback');
      await store.stepJob(job, 'one', 120, step('', { force: forcing('dd', 'aa') }));
      assert.equal((await store.versionSteps('auto')).at(-1)?.action, 'promote');
      assert.equal((await store.rollbackVersion('auto', ada)).version, 'aa');
      assert.equal((await store.rollbackVersion('auto', ada)).version, undefined);
    });

    test('events come newest first, of one route or all, with every field', async (context) => {
      const { store } = await openTwo(context);
      await store.takeJob(job, 'one', LONG_MS);
      const events = [
        learningEvent('candidate', { details: '{"point":3}', version: 'aa', createdAtMs: 9 }),
        learningEvent('alarm', { route: 'support', createdAtMs: 8 }),
        learningEvent('tested', { createdAtMs: 7 }),
      ];
      await store.stepJob(job, 'one', 110, step('', { events }));
      assert.deepEqual(await store.learningEvents({ limit: 9 }), events.toReversed());
      assert.deepEqual(await store.learningEvents({ limit: 1 }), [events[2]]);
      assert.deepEqual(await store.learningEvents({ route: 'support', limit: 9 }), [events[1]]);
    });
  });
}
