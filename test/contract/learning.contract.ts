import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { WeirError } from '../../src/errors.ts';
import type { Store } from '../../src/store/contract/store.ts';
import { attemptRow, auditRow, labelRow, outcomeRow, referenceRow } from '../../src/store/testing.ts';
import type { StoreUnderTest } from './store.contract.ts';

const refused = (error: unknown) => error instanceof WeirError && error.code === 'internal_error';

const decided = (id: string, changes = {}) => ({
  outcome: outcomeRow(id, changes),
  attempts: [attemptRow(id, 0)],
});

async function decide(store: Store, ...ids: string[]): Promise<void> {
  await store.write({ outcomes: ids.map((id) => decided(id)), labels: [], audits: [] });
}

/** What every store keeps to with audits and references. */
export function learningContract(open: (context: TestContext) => Promise<StoreUnderTest>): void {
  describe('audits', () => {
    test('an audit comes back with its request as it went in, with every field, and with its labels', async (context) => {
      const { store } = await open(context);
      const audit = auditRow('a', {
        kind: 'learning',
        propensity: 0.0595,
        attempts: '[{"tier":"large","answer":"ü \u{1f30a}"}]',
        complete: false,
        costNanoUsd: 9_007_199_254_740_991,
        judgeNanoUsd: 0,
        controlVerdict: 0.75,
        reviewCoin: 0.125,
        problem: 'The judge did not answer.',
      });
      const labels = [labelRow('a', { source: 'judge', propensity: 0.0595 })];
      await store.write({ outcomes: [decided('a')], labels, audits: [audit] });
      const decision = { ...decided('a'), labels, audit };
      assert.deepEqual(await store.decision('a', 'default'), decision);
      assert.deepEqual(await store.history({ limit: 9 }), [decision]);
      const [found] = await store.audits({ route: 'auto', limit: 9 });
      assert.deepEqual(found, { ...audit, number: found?.number });
    });

    test('what was absent of an audit is absent again, and a request without one has none', async (context) => {
      const { store } = await open(context);
      await store.write({ outcomes: [decided('a'), decided('b')], labels: [], audits: [auditRow('a')] });
      assert.deepEqual((await store.decision('a', 'default'))?.audit, auditRow('a'));
      assert.equal(Object.hasOwn((await store.decision('b', 'default')) ?? {}, 'audit'), false);
    });

    test('they come in the order of writing, route by route, page by page', async (context) => {
      const { store } = await open(context);
      await decide(store, 'a', 'b', 'c', 'd');
      const audits = [auditRow('c'), auditRow('b', { route: 'support' }), auditRow('a'), auditRow('d')];
      await store.write({ outcomes: [], labels: [], audits });
      const found = await store.audits({ route: 'auto', limit: 9 });
      assert.equal(found.map(({ outcomeId }) => outcomeId).join(''), 'cad');
      const numbers = found.map(({ number }) => number);
      assert.deepEqual(
        numbers,
        numbers.toSorted((one, other) => one - other),
      );
      const first = await store.audits({ route: 'auto', limit: 2 });
      assert.deepEqual(first, found.slice(0, 2));
      const rest = await store.audits({ route: 'auto', limit: 9, afterNumber: first[1]?.number ?? 0 });
      assert.deepEqual(rest, found.slice(2));
    });

    test('those whose answers got a verdict since a moment are found', async (context) => {
      const { store } = await open(context);
      await decide(store, 'a', 'b', 'c', 'd');
      const labels = [
        labelRow('a', { createdAtMs: 9 }),
        labelRow('b', { createdAtMs: 10 }),
        labelRow('b', { source: 'judge', createdAtMs: 11 }),
        labelRow('c', { createdAtMs: 12 }),
        labelRow('d', { createdAtMs: 12 }),
      ];
      const audits = [auditRow('a'), auditRow('b'), auditRow('c', { route: 'support' })];
      await store.write({ outcomes: [], labels, audits });
      const since = async (labelledSinceMs: number) =>
        (await store.audits({ route: 'auto', labelledSinceMs, limit: 9 })).map(({ outcomeId }) => outcomeId);
      assert.deepEqual(await since(10), ['b']);
      assert.deepEqual(await since(9), ['a', 'b']);
      await store.write({ outcomes: [], labels: [labelRow('a', { createdAtMs: 13 })], audits: [] });
      assert.deepEqual(await since(13), ['a']);
    });

    test('a request has one audit: written again it replaces nothing, and nothing else suffers', async (context) => {
      const { store } = await open(context);
      const batch = { outcomes: [decided('a')], labels: [labelRow('a')], audits: [auditRow('a')] };
      await store.write(batch);
      await store.write(batch);
      await store.write({ outcomes: [decided('b')], labels: [], audits: [auditRow('a', { propensity: 1 })] });
      assert.deepEqual((await store.decision('a', 'default'))?.audit, auditRow('a'));
      assert.equal((await store.audits({ route: 'auto', limit: 9 })).length, 1);
      assert.deepEqual(await store.counts(), { outcomes: 2, attempts: 2, labels: 1 });
    });

    test('a request written again keeps its audit', async (context) => {
      const { store } = await open(context);
      await store.write({ outcomes: [decided('a')], labels: [], audits: [auditRow('a')] });
      await decide(store, 'a');
      assert.deepEqual((await store.decision('a', 'default'))?.audit, auditRow('a'));
    });

    test('an audit of a request that is not there, or that had no chance, is refused with all its batch', async (context) => {
      const { store } = await open(context);
      await decide(store, 'a');
      for (const audit of [
        auditRow('nobody'),
        auditRow('a', { propensity: 0 }),
        auditRow('a', { propensity: 1.5 }),
      ]) {
        const labels = [labelRow('a', { source: 'judge' })];
        await assert.rejects(store.write({ outcomes: [], labels, audits: [audit] }), refused);
      }
      assert.equal((await store.counts()).labels, 0);
      assert.deepEqual(await store.audits({ route: 'auto', limit: 9 }), []);
    });

    test('their costs are added up by tenant since a moment, as far as they are known', async (context) => {
      const { store } = await open(context);
      await decide(store, 'a', 'b', 'c', 'd', 'e', 'f');
      const audits = [
        auditRow('a', { costNanoUsd: 5, judgeNanoUsd: 2, createdAtMs: 10 }),
        auditRow('b', { judgeNanoUsd: 1, createdAtMs: 11 }),
        auditRow('c', { costNanoUsd: 100, createdAtMs: 9 }),
        auditRow('d', { costNanoUsd: 100, createdAtMs: 10, route: 'support' }),
        auditRow('e', { costNanoUsd: 40, createdAtMs: 10, tenant: 'acme' }),
        auditRow('f', { createdAtMs: 10, tenant: 'nobody knows' }),
      ];
      await store.write({ outcomes: [], labels: [], audits });
      const costs = await store.auditCosts({ route: 'auto', sinceMs: 10 });
      assert.deepEqual(
        costs,
        new Map([
          ['acme', 40],
          ['default', 8],
        ]),
      );
      assert.deepEqual(
        await store.auditCostsOf(['a', 'b', 'f', 'nobody']),
        new Map([
          ['a', 7],
          ['b', 1],
          ['f', 0],
        ]),
      );
    });

    test('the costs of any number of them can be asked for', async (context) => {
      const { store } = await open(context);
      await decide(store, 'a');
      await store.write({ outcomes: [], labels: [], audits: [auditRow('a', { costNanoUsd: 5 })] });
      const many = Array.from({ length: 1_200 }, (_, index) => `none ${index}`);
      assert.deepEqual(await store.auditCostsOf([...many, 'a']), new Map([['a', 5]]));
      assert.deepEqual(await store.auditCostsOf([]), new Map());
    });
  });

  describe('references', () => {
    test('a reference is found by route and key, and one of the same key is replaced', async (context) => {
      const { store } = await open(context);
      const given = [referenceRow('a'), referenceRow('b', { check: 'number', reference: '4' })];
      assert.equal(await store.saveReferences(given), 2);
      const better = referenceRow('a', { check: 'set', reference: 'Paris; Lyon', createdAtMs: 5 });
      assert.equal(await store.saveReferences([better, referenceRow('a', { route: 'support' })]), 1);
      assert.deepEqual(await store.reference('auto', 'a'), better);
      assert.deepEqual(await store.reference('auto', 'b'), given[1]);
      assert.deepEqual(await store.reference('support', 'a'), referenceRow('a', { route: 'support' }));
      assert.equal(await store.reference('support', 'b'), undefined);
      assert.equal(await store.saveReferences([]), 0);
    });

    test('of two that are given at once for the same key the later one counts, as one', async (context) => {
      const { store } = await open(context);
      const given = [referenceRow('a'), referenceRow('a', { reference: 'Lyon' })];
      assert.equal(await store.saveReferences(given), 1);
      assert.equal((await store.reference('auto', 'a'))?.reference, 'Lyon');
    });

    test('many are kept at once', async (context) => {
      const { store } = await open(context);
      const many = Array.from({ length: 1_203 }, (_, index) => referenceRow(`${index}`));
      assert.equal(await store.saveReferences(many), 1_203);
      assert.deepEqual(await store.reference('auto', '1202'), many[1_202]);
    });
  });
}
