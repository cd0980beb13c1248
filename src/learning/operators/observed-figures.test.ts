import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { openStore } from '../../store/open.ts';
import { attemptRow, auditRow, labelRow, outcomeRow } from '../../store/testing.ts';
import type { Store } from '../../store/contract/store.ts';
import { testPolicy, testTier } from '../../routing/testing.ts';
import { startLoop, type LoopState } from '../loop/loop.ts';
import { beginEpoch } from '../loop/steps.ts';
import { createOperatorDesk, type OperatorDesk } from './operator-desk.ts';
import type { RolloutStatus } from './route-status.ts';

const NOW = Date.parse('2026-11-20T12:00:00Z');
const id = (number: number): string => `0190${String(number).padStart(4, '0')}-0000-7000-8000-000000000000`;
/** Accepts what passes the checks. */
const policy = {
  ...testPolicy({ kind: 'thresholds', thresholds: [0.01], withoutConfidence: 'accept' }),
  route: 'auto',
  tiers: [testTier('small'), testTier('large')],
};

async function start(
  context: TestContext,
  share?: number,
): Promise<{ store: Store; desk: OperatorDesk; rollout(): Promise<RolloutStatus | undefined> }> {
  const store = await openStore('sqlite::memory:');
  context.after(() => store.close());
  const routes = [{ route: 'auto', tiers: ['small', 'large'], ...(share === undefined ? {} : { share }) }];
  const policies = new Map([['auto', policy]]);
  const desk = createOperatorDesk({ store, routes, policies, now: () => NOW });
  return { store, desk, rollout: async () => (await desk.status('auto'))[0]?.rollout };
}

interface Made {
  sameness: 'same' | 'different' | 'unknown';
  vetoes?: string;
  verdict?: number;
  complete?: boolean;
  observed?: boolean;
}

/** A request that the large tier answered for ten nano-dollars, and whose audit asked the small one for one. */
async function add(store: Store, number: number, made: Made): Promise<void> {
  const outcomeId = id(number);
  const { sameness, vetoes = '[]', verdict, complete = true, observed = true } = made;
  const {
    outcomeId: _,
    position: __,
    served: ___,
    ...small
  } = attemptRow(outcomeId, 0, {
    vetoes,
    costNanoUsd: 1,
    answer: 'Lyon',
  });
  await store.write({
    outcomes: [
      {
        outcome: outcomeRow(outcomeId, {
          tier: 'large',
          prompt: JSON.stringify([{ role: 'user', content: `Question ${number}?` }]),
          createdAtMs: NOW - 1_000,
          explanation: JSON.stringify(observed ? { observed: { share: 0 } } : {}),
        }),
        attempts: [attemptRow(outcomeId, 0, { tier: 'large', costNanoUsd: 10, answer: 'Paris' })],
      },
    ],
    labels:
      verdict === undefined
        ? []
        : [
            labelRow(outcomeId, { source: 'judge', verdict }),
            labelRow(outcomeId, { source: 'judge', tier: 'large' }),
          ],
    audits: [
      auditRow(outcomeId, {
        propensity: 0.25,
        complete,
        attempts: complete ? JSON.stringify([small]) : '[]',
        costNanoUsd: 1,
        judgeNanoUsd: 1,
        ...(complete ? { sameness: JSON.stringify({ small: sameness }) } : { problem: 'small failed.' }),
      }),
    ],
  });
}

const close = (found: number | undefined, wanted: number): void =>
  assert.ok(Math.abs((found ?? NaN) - wanted) < 1e-9, `${found} is not ${wanted}`);

test('what would have been saved, and how often the answers say the same, needs no verdict', async (context) => {
  const { store, rollout } = await start(context, 0);
  for (let number = 0; number < 100; number += 1)
    await add(store, number, { sameness: number < 60 ? 'same' : number < 70 ? 'different' : 'unknown' });
  const { share, requests, audits, auditsUsd, tiers } = (await rollout()) ?? {};
  assert.deepEqual([share, requests, audits], [0, { decided: 0, observed: 100 }, 100]);
  close(auditsUsd, 200e-9);
  const [small] = tiers ?? [];
  close(small?.saved?.share, 0.9);
  assert.equal(small?.lost, undefined, 'nobody has judged');
  const { same, different, unknown } = small?.agreement ?? {};
  close(same?.value, 0.6);
  close(different, 0.1);
  close(unknown, 0.3);
  // Wilson's interval of 60 in 100.
  assert.deepEqual([same?.lower.toFixed(3), same?.upper.toFixed(3)], ['0.502', '0.691']);
});

test('what the policy would have served is replayed, and what it would have lost is by the verdicts', async (context) => {
  const { store, rollout } = await start(context, 0);
  // A fifth of the small answers fail a check, and one in ten is wrong.
  for (let number = 0; number < 100; number += 1)
    await add(store, number, {
      sameness: number % 10 === 1 ? 'different' : 'same',
      vetoes: number % 5 === 0 ? '["refusal"]' : '[]',
      verdict: number % 10 === 1 ? 0 : 1,
    });
  const { policy: decided, tiers } = (await rollout()) ?? {};
  assert.deepEqual(decided?.servedBy, { small: 0.8, large: 0.2 });
  assert.equal(decided.version, undefined);
  close(decided.saved?.share, 1 - (100 + 20 * 10) / (100 * 10));
  close(decided.lost?.estimate, 0.1);
  close(decided.agreement?.same.value, 0.9);
  close(tiers?.[0]?.lost?.estimate, 0.1);
});

test('audits that lack an answer count as lost, and are in no saving', async (context) => {
  const { store, rollout } = await start(context, 0);
  for (let number = 0; number < 40; number += 1)
    await add(store, number, { sameness: 'same', verdict: 1, complete: number % 4 > 0 });
  const [small] = (await rollout())?.tiers ?? [];
  close(small?.lost?.estimate, 0.25);
  close(small?.saved?.share, 0.9);
  assert.equal(small?.agreement?.audits, 30);
});

test('a route that serves all, and did, has nothing of this; what was stated while it ran is told with who stated it', async (context) => {
  const { store, desk, rollout } = await start(context);
  for (let number = 0; number < 10; number += 1)
    await add(store, number, { sameness: 'same', observed: false });
  assert.equal(await rollout(), undefined);
  await store.stepRollout({ route: 'auto', share: 0.5, configured: 1, takenBy: 'ada', takenAtMs: NOW });
  const { share, changed, requests } = (await rollout()) ?? {};
  assert.deepEqual(
    [share, changed, requests],
    [0.5, { at: '2026-11-20T12:00:00.000Z', by: 'ada' }, { decided: 10, observed: 0 }],
  );
  await add(store, 20, { sameness: 'same' });
  const [status] = await desk.status('auto');
  assert.equal(status?.estimates.requests, 11, 'of the newest request that the policy decided');
});

test('audits from before learning began count, those from before a change do not', async (context) => {
  const { store, rollout } = await start(context, 0);
  for (let number = 0; number < 10; number += 1) await add(store, number, { sameness: 'same' });
  const learn = async (state: LoopState): Promise<void> => {
    await store.takeJob('learn:auto', 'me', 0);
    await store.stepJob('learn:auto', 'me', NOW, { state: JSON.stringify(state), events: [], versions: [] });
  };
  const begun = startLoop(NOW, 10);
  await learn(begun);
  assert.equal((await rollout())?.audits, 10);
  await learn(beginEpoch(begun, 'Another model.', { nowMs: NOW, upTo: 8 }).state);
  assert.equal((await rollout())?.audits, 2);
});

test('few audits give no figure', async (context) => {
  const { store, rollout } = await start(context, 0);
  for (let number = 0; number < 4; number += 1) await add(store, number, { sameness: 'same' });
  assert.deepEqual((await rollout())?.tiers, [{ tier: 'small' }]);
});
