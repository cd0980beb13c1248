import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Policy } from '../../routing/policy.ts';
import { openStore } from '../../store/open.ts';
import { keepVersion } from '../versions/kept-version.ts';
import { createOperatorDesk, type OperatorDeskOptions } from './operator-desk.ts';
import { TEST_CERTIFICATE, testVersion } from '../table/testing.ts';

const NOW = Date.parse('2026-11-20T12:00:00Z');

test('a promoted version that does not apply is not shown as in force, whatever its certificate', async (context) => {
  const { tiers, rule } = testVersion();
  const configured = (maxQualityLoss: number): OperatorDeskOptions['policies'] => {
    const policy: Policy = {
      route: 'auto',
      tiers: tiers.map(({ name, model }) => ({ name, model, upstream: 'local', location: 'on-premises' })),
      rule: { kind: 'last', objective: { maxQualityLoss, certainty: 0.9 } },
      onAbstain: 'serve',
      data: {},
      certified: false,
    };
    return new Map([['auto', policy]]);
  };
  const inForce = async (policies: OperatorDeskOptions['policies']) => {
    const store = await openStore('sqlite::memory:');
    context.after(() => store.close());
    const routes = [{ route: 'auto', tiers: ['small', 'large'] }];
    const desk = createOperatorDesk({ store, routes, policies, now: () => NOW });
    const hand = { by: 'ada', atMs: NOW };
    const { hash } = await keepVersion(store, testVersion({ certificate: TEST_CERTIFICATE }), hand);
    await store.promoteVersion(hash, hand);
    const [status] = await desk.status('auto');
    return status?.inForce;
  };
  assert.deepEqual(rule.objective, { maxQualityLoss: 0.02, certainty: 0.9 });
  const { certified, obstacle, sentence } = (await inForce(configured(0.01))) ?? {};
  assert.deepEqual([certified, sentence], [false, undefined]);
  assert.match(String(obstacle), /was made for another objective/);
  assert.equal((await inForce(configured(0.02)))?.certified, true);
});
