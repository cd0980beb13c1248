import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import type { RolloutStep } from '../../src/store/contract/rollout-rows.ts';
import type { StoreUnderTest } from './store.contract.ts';

const step = (route: string, share: number, more: Partial<RolloutStep> = {}) => ({
  route,
  share,
  configured: 1,
  takenBy: 'ada',
  takenAtMs: 1_700_000_000_000,
  ...more,
});

/** What every store keeps to with rollouts. */
export function rolloutContract(open: (context: TestContext) => Promise<StoreUnderTest>): void {
  describe('rollouts', () => {
    test('steps come back as they went in, numbered on each route, and the last one counts', async (context) => {
      const { store } = await open(context);
      await store.stepRollout(step('auto', 0.05));
      await store.stepRollout(step('other', 0.5));
      await store.stepRollout(step('auto', 0, { why: 'It was ill.', configured: 0.05, takenBy: 'weir' }));
      assert.deepEqual(await store.rolloutSteps('auto'), [
        { ...step('auto', 0.05), number: 1 },
        { ...step('auto', 0, { why: 'It was ill.', configured: 0.05, takenBy: 'weir' }), number: 2 },
      ]);
      const last = await store.rollouts();
      assert.deepEqual(
        Object.fromEntries([...last].map(([route, { number, share }]) => [route, [number, share]])),
        {
          auto: [2, 0],
          other: [1, 0.5],
        },
      );
    });

    test('a step of a job ends a rollout only if nobody said anything else meanwhile', async (context) => {
      const { store } = await open(context);
      await store.takeJob('learn:auto', 'me', 60_000);
      const write = (state: string, after: number) =>
        store.stepJob('learn:auto', 'me', 1, {
          state,
          events: [],
          versions: [],
          rollout: { step: step('auto', 0, { takenBy: 'learning' }), after },
        });
      await store.stepRollout(step('auto', 0.25));
      assert.equal(await write('late', 0), false);
      assert.equal((await store.rollouts()).get('auto')?.share, 0.25);
      assert.notEqual((await store.jobs())[0]?.state, 'late', 'nothing is written');
      assert.equal(await write('next', 1), true);
      assert.equal((await store.rollouts()).get('auto')?.share, 0);
    });
  });
}
