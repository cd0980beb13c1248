import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { WeirError } from '../../src/errors.ts';
import type { KeptAnswerRow } from '../../src/store/contract/kept-rows.ts';
import type { Store } from '../../src/store/contract/store.ts';
import { attemptRow, auditRow, keyRow, labelRow, outcomeRow, runRow } from '../../src/store/testing.ts';
import { jobContract } from './jobs.contract.ts';
import { learningContract } from './learning.contract.ts';
import { rolloutContract } from './rollouts.contract.ts';
import { versionContract } from './versions.contract.ts';

/** Opens an empty store; where the database can be shared, `again` opens the same one once more. */
export interface StoreUnderTest {
  store: Store;
  again?: () => Promise<Store>;
}

const one = (id: string, changes = {}) => ({
  outcomes: [{ outcome: outcomeRow(id, changes), attempts: [attemptRow(id, 0)] }],
  labels: [],
  audits: [],
});

const refused = (error: unknown) => error instanceof WeirError && error.code === 'internal_error';

/** What every implementation of {@link Store} keeps to. */
export function storeContract(name: string, open: (context: TestContext) => Promise<StoreUnderTest>): void {
  describe(name, () => {
    describe('outcomes', () => {
      test('a row comes back as it went in, with every field', async (context) => {
        const { store } = await open(context);
        const outcome = outcomeRow('a', {
          tier: 'large',
          model: 'gpt-4.1',
          confidence: 0.123456789012345,
          gain: -0.25,
          certified: true,
          explanation: '{"text":"ü \\u0000 \u{1f30a}"}',
          ttftMs: 3.5,
          costNanoUsd: 9_007_199_254_740_991,
          baselineNanoUsd: 0,
          baselineMeasured: true,
          stream: false,
          status: 502,
          errorCode: 'upstream_error',
          recorded: true,
          prompt: '[{"role":"user","content":"?"}]',
        });
        const attempt = attemptRow('a', 0, {
          upstreamId: 'chatcmpl-1',
          fingerprint: 'fp',
          source: '0123456789ab',
          streamed: false,
          sampling: '{"temperature":0}',
          confidence: 0.5,
          gain: 0.1,
          vetoes: '["empty"]',
          inputTokens: 120,
          outputTokens: 60,
          reasoningTokens: 0,
          usageEstimated: true,
          costNanoUsd: 1,
          ttftMs: 0.125,
          errorCode: 'upstream_timeout',
          errorMessage: 'no byte came',
          cut: true,
          served: false,
          answer: 'B',
        });
        const label = labelRow('a', {
          tier: 'large',
          verdict: 0.5,
          propensity: 0.05,
          comment: 'no',
          correction: 'C',
        });
        await store.write({ outcomes: [{ outcome, attempts: [attempt] }], labels: [label], audits: [] });
        assert.deepEqual(await store.decision('a', 'default'), {
          outcome,
          attempts: [attempt],
          labels: [label],
        });
      });

      test('whole numbers come back as numbers, exact up to 2^53, of columns, counts and sums', async (context) => {
        const { store } = await open(context);
        const most = Number.MAX_SAFE_INTEGER;
        const outcome = outcomeRow('a', { costNanoUsd: most, baselineNanoUsd: most - 1, createdAtMs: most });
        const attempt = attemptRow('a', 0, { inputTokens: 2_147_483_647, costNanoUsd: most });
        const audits = [
          auditRow('a', { costNanoUsd: most - 5, judgeNanoUsd: 2 }),
          auditRow('b', { costNanoUsd: 2, judgeNanoUsd: 1 }),
        ];
        const outcomes = [
          { outcome, attempts: [attempt] },
          { outcome: outcomeRow('b'), attempts: [] },
        ];
        await store.write({ outcomes, labels: [labelRow('a', { createdAtMs: most })], audits });
        const decision = await store.decision('a', 'default');
        assert.deepEqual(decision?.outcome, outcome);
        assert.deepEqual(decision.attempts, [attempt]);
        assert.equal(decision.labels[0]?.createdAtMs, most);
        assert.equal(decision.audit?.costNanoUsd, most - 5);
        assert.deepEqual(await store.counts(), { outcomes: 2, attempts: 1, labels: 1 });
        const costs = await store.auditCosts({ route: 'auto', sinceMs: 0 });
        assert.deepEqual(costs, new Map([['default', most]]));
        assert.deepEqual(await store.auditCostsOf(['b']), new Map([['b', 3]]));
        for (const { number } of await store.audits({ route: 'auto', limit: 9 }))
          assert.ok(Number.isSafeInteger(number));
        assert.equal(typeof (await store.changeCounter()), 'number');
      });

      test('what was absent is absent again, neither null nor 0', async (context) => {
        const { store } = await open(context);
        await store.write(one('a'));
        const decision = await store.decision('a', 'default');
        assert.deepEqual(decision, { outcome: outcomeRow('a'), attempts: [attemptRow('a', 0)], labels: [] });
        assert.equal(Object.hasOwn(decision?.outcome ?? {}, 'confidence'), false);
      });

      test('attempts come in the order of asking', async (context) => {
        const { store } = await open(context);
        const attempts = [2, 0, 1].map((position) => attemptRow('a', position));
        await store.write({ outcomes: [{ outcome: outcomeRow('a'), attempts }], labels: [], audits: [] });
        const decision = await store.decision('a', 'default');
        assert.deepEqual(
          decision?.attempts.map(({ position }) => position),
          [0, 1, 2],
        );
      });

      test('a decision is there for its own tenant only', async (context) => {
        const { store } = await open(context);
        await store.write(one('a', { tenant: 'acme' }));
        assert.equal(await store.decision('a', 'default'), undefined);
        assert.equal(await store.decision('b', 'acme'), undefined);
        assert.equal((await store.decision('a', 'acme'))?.outcome.id, 'a');
      });

      test('a batch written twice is there once', async (context) => {
        const { store } = await open(context);
        const batch = { ...one('a'), labels: [labelRow('a')] };
        await store.write(batch);
        await store.write(batch);
        assert.deepEqual(await store.counts(), { outcomes: 1, attempts: 1, labels: 1 });
      });

      test('an outcome written again replaces itself and its attempts, and keeps its labels', async (context) => {
        const { store } = await open(context);
        const attempts = [attemptRow('a', 0), attemptRow('a', 1)];
        await store.write({
          outcomes: [{ outcome: outcomeRow('a'), attempts }],
          labels: [labelRow('a')],
          audits: [],
        });
        await store.write(one('a', { decision: 'escalated', tier: 'large' }));
        const decision = await store.decision('a', 'default');
        assert.equal(decision?.outcome.decision, 'escalated');
        assert.equal(decision.attempts.length, 1);
        assert.equal(decision.labels.length, 1);
      });

      test('of a batch with a row that is refused nothing is written', async (context) => {
        const { store } = await open(context);
        const good = one('a').outcomes;
        const twice = { outcome: outcomeRow('b'), attempts: [attemptRow('b', 0), attemptRow('b', 0)] };
        await assert.rejects(store.write({ outcomes: [...good, twice], labels: [], audits: [] }), refused);
        assert.deepEqual(await store.counts(), { outcomes: 0, attempts: 0, labels: 0 });
        await store.write({ outcomes: good, labels: [], audits: [] });
        assert.equal((await store.counts()).outcomes, 1);
      });

      test('an empty batch is fine', async (context) => {
        const { store } = await open(context);
        await store.write({ outcomes: [], labels: [], audits: [] });
        assert.deepEqual(await store.counts(), { outcomes: 0, attempts: 0, labels: 0 });
      });

      test('a list is newest first, and narrowed by tenant, route, time and number', async (context) => {
        const { store } = await open(context);
        await store.write(one('a', { createdAtMs: 1 }));
        await store.write(one('c', { createdAtMs: 3, route: 'support' }));
        await store.write(one('b', { createdAtMs: 2, tenant: 'acme' }));
        await store.write(one('d', { createdAtMs: 3 }));
        const ids = async (filter: Parameters<Store['outcomes']>[0]) =>
          (await store.outcomes(filter)).map(({ id }) => id).join('');
        assert.equal(await ids({ limit: 10 }), 'dcba');
        assert.equal(await ids({ limit: 2 }), 'dc');
        assert.equal(await ids({ tenant: 'acme', limit: 10 }), 'b');
        assert.equal(await ids({ route: 'support', limit: 10 }), 'c');
        assert.equal(await ids({ sinceMs: 2, limit: 10 }), 'dcb');
        assert.equal(await ids({ tenant: 'default', route: 'auto', sinceMs: 2, limit: 10 }), 'd');
      });

      test('the history comes oldest first, whole, page by page, narrowed by route and time', async (context) => {
        const { store } = await open(context);
        const labels = [labelRow('b'), labelRow('b', { source: 'judge' })];
        await store.write(one('c', { createdAtMs: 3, route: 'support' }));
        await store.write({
          outcomes: [
            {
              outcome: outcomeRow('b', { createdAtMs: 2 }),
              attempts: [attemptRow('b', 1), attemptRow('b', 0)],
            },
          ],
          labels,
          audits: [],
        });
        await store.write(one('a', { createdAtMs: 1 }));
        const history = await store.history({ limit: 10 });
        assert.deepEqual(
          history.map(({ outcome }) => outcome.id),
          ['a', 'b', 'c'],
        );
        assert.deepEqual(history[1], await store.decision('b', 'default'));
        assert.equal(history[1]?.attempts.length, 2);
        const ids = async (filter: Parameters<Store['history']>[0]) =>
          (await store.history(filter)).map(({ outcome }) => outcome.id).join('');
        assert.equal(await ids({ limit: 2 }), 'ab');
        assert.equal(await ids({ limit: 2, afterId: 'b' }), 'c');
        assert.equal(await ids({ limit: 2, afterId: 'c' }), '');
        assert.equal(await ids({ limit: 9, route: 'support' }), 'c');
        assert.equal(await ids({ limit: 9, sinceMs: 2 }), 'bc');
      });

      test('names that look like SQL are only names', async (context) => {
        const { store } = await open(context);
        const tenant = "'; drop table outcome; --";
        await store.write(one('a', { tenant, group: '" or 1=1' }));
        assert.equal((await store.outcomes({ tenant, limit: 1 }))[0]?.group, '" or 1=1');
      });
    });

    describe('labels', () => {
      test('a second verdict of the same source on the same tier replaces the first', async (context) => {
        const { store } = await open(context);
        await store.write({ ...one('a'), labels: [labelRow('a', { verdict: 1, comment: 'good' })] });
        await store.write({ outcomes: [], labels: [labelRow('a', { verdict: 0 })], audits: [] });
        assert.deepEqual((await store.decision('a', 'default'))?.labels, [labelRow('a', { verdict: 0 })]);
      });

      test('of two verdicts the later given stays, in whatever order they are written', async (context) => {
        const { store } = await open(context);
        const late = labelRow('a', { verdict: 1, createdAtMs: 2 });
        const early = labelRow('a', { verdict: 0, comment: 'bad', createdAtMs: 1 });
        await store.write({ ...one('a'), labels: [late] });
        await store.write({ outcomes: [], labels: [early], audits: [] });
        assert.deepEqual((await store.decision('a', 'default'))?.labels, [late]);
      });

      test('verdicts of other sources and on other tiers stand beside one another, oldest first', async (context) => {
        const { store } = await open(context);
        const labels = [
          labelRow('a', { source: 'judge', createdAtMs: 3 }),
          labelRow('a', { createdAtMs: 1 }),
          labelRow('a', { tier: 'large', createdAtMs: 2 }),
        ];
        await store.write({ ...one('a'), labels });
        const found = (await store.decision('a', 'default'))?.labels ?? [];
        assert.deepEqual(
          found.map(({ createdAtMs }) => createdAtMs),
          [1, 2, 3],
        );
      });

      test('a label on an outcome that is not there, or out of range, is refused', async (context) => {
        const { store } = await open(context);
        await store.write(one('a'));
        for (const label of [
          labelRow('nobody'),
          labelRow('a', { verdict: 1.5 }),
          labelRow('a', { propensity: 0 }),
        ]) {
          await assert.rejects(store.write({ outcomes: [], labels: [label], audits: [] }), refused);
        }
        assert.equal((await store.counts()).labels, 0);
      });
    });

    describe('keys', () => {
      test('a key comes back as it went in, oldest first', async (context) => {
        const { store } = await open(context);
        const keys = [keyRow('b', { createdAtMs: 1, operator: true }), keyRow('a', { createdAtMs: 2 })];
        for (const key of keys.toReversed()) await store.createKey(key);
        assert.deepEqual(await store.keys(), keys);
      });

      test('a key is revoked once, by its id or its prefix, and stays in the list', async (context) => {
        const { store } = await open(context);
        await store.createKey(keyRow('a'));
        await store.createKey(keyRow('b'));
        assert.equal(await store.revokeKey('a', 5), true);
        assert.equal(await store.revokeKey('a', 6), false);
        assert.equal(await store.revokeKey('weir-b', 7), true);
        assert.equal(await store.revokeKey('nothing', 8), false);
        assert.deepEqual(
          (await store.keys()).map(({ revokedAtMs }) => revokedAtMs),
          [5, 7],
        );
      });

      test('a prefix of two keys revokes neither, and the message names both', async (context) => {
        const { store } = await open(context);
        await store.createKey(keyRow('a', { prefix: 'weir-same' }));
        await store.createKey(keyRow('b', { prefix: 'weir-same' }));
        await assert.rejects(store.revokeKey('weir-same', 1), { code: 'invalid_request', message: /a, b/ });
        assert.equal(
          (await store.keys()).every(({ revokedAtMs }) => revokedAtMs === undefined),
          true,
        );
      });

      test('two keys of one hash cannot be', async (context) => {
        const { store } = await open(context);
        await store.createKey(keyRow('a', { hash: 'same' }));
        await assert.rejects(store.createKey(keyRow('b', { hash: 'same' })), refused);
      });
    });

    describe('the change counter', () => {
      test('stays while nobody writes, and moves when another connection does', async (context) => {
        const { store, again } = await open(context);
        if (again === undefined) return context.skip('this database has one connection only');
        const other = await again();
        const before = await store.changeCounter();
        assert.equal(await store.changeCounter(), before);
        await other.createKey(keyRow('a'));
        const after = await store.changeCounter();
        assert.notEqual(after, before);
        assert.equal(await store.changeCounter(), after);
      });
    });

    describe('kept answers', () => {
      const kept = (id: string, changes: Partial<KeptAnswerRow> = {}): KeptAnswerRow => ({
        id,
        tenant: 'one',
        conversation: '[{"role":"user","content":"?"}]',
        answer: '{"id":"resp"}',
        bytes: 100,
        createdAtMs: 1_000,
        expiresAtMs: 2_000,
        ...changes,
      });
      const item = (id: string, answerId: string, text = '{}') => ({
        tenant: 'one',
        id,
        answerId,
        item: text,
      });

      test('an answer is found by its tenant until it expires, with its items', async (context) => {
        const { store } = await open(context);
        await store.keepAnswer(kept('a'), [item('m1', 'a', '{"n":1}'), item('m2', 'a')], 1_000);
        assert.deepEqual(await store.keptAnswer('a', 'one', 1_999), kept('a'));
        assert.equal(await store.keptAnswer('a', 'one', 2_000), undefined);
        assert.equal(await store.keptAnswer('a', 'two', 1_000), undefined);
        assert.deepEqual(
          [...(await store.keptItems(['m1', 'm9'], 'one', 1_000))],
          [['m1', { item: '{"n":1}' }]],
        );
        assert.equal((await store.keptItems(['m1'], 'two', 1_000)).size, 0);
        assert.equal((await store.keptItems(['m1'], 'one', 2_000)).size, 0);
        assert.equal((await store.keptItems([], 'one', 1_000)).size, 0);
      });

      test('the oldest of a tenant make room, and others keep theirs', async (context) => {
        const { store } = await open(context);
        await store.keepAnswer(kept('other', { tenant: 'two' }), [], 250);
        for (const [position, id] of ['a', 'b', 'c'].entries())
          await store.keepAnswer(kept(id, { createdAtMs: 1_000 + position }), [item(`m-${id}`, id)], 250);
        const found = await Promise.all(['a', 'b', 'c'].map((id) => store.keptAnswer(id, 'one', 1_500)));
        assert.deepEqual(
          found.map((row) => row?.id),
          [undefined, 'b', 'c'],
        );
        assert.equal((await store.keptItems(['m-a'], 'one', 1_500)).size, 0);
        assert.equal((await store.keptAnswer('other', 'two', 1_500))?.id, 'other');
      });

      test('one is forgotten by its own tenant alone, and what has expired is dropped', async (context) => {
        const { store } = await open(context);
        await store.keepAnswer(kept('a'), [item('m', 'a')], 1_000);
        assert.equal(await store.forgetAnswer('a', 'two'), false);
        assert.equal(await store.forgetAnswer('a', 'one'), true);
        assert.equal(await store.forgetAnswer('a', 'one'), false);
        await store.keepAnswer(kept('b', { dataClass: 'private' }), [item('m-b', 'b')], 1_000);
        assert.equal((await store.keptItems(['m-b'], 'one', 1_500)).get('m-b')?.dataClass, 'private');
        await store.dropExpiredAnswers(2_000);
        assert.equal(await store.keptAnswer('b', 'one', 1_500), undefined);
      });
    });

    describe('probes', () => {
      test('there is one for each model of an upstream: the latest', async (context) => {
        const { store } = await open(context);
        const probe = { upstream: 'local', model: 'm', details: '{}', probedAtMs: 1 };
        await store.saveProbe({ ...probe, logprobs: 'none', contextTokens: 8192 });
        await store.saveProbe({ ...probe, upstream: 'cloud', logprobs: 'plain' });
        await store.saveProbe({ ...probe, logprobs: 'stream', probedAtMs: 2 });
        assert.deepEqual(await store.probes(), [
          { ...probe, upstream: 'cloud', logprobs: 'plain' },
          { ...probe, logprobs: 'stream', probedAtMs: 2 },
        ]);
      });
    });

    describe('sources', () => {
      test('a source is kept once, as it was first written', async (context) => {
        const { store, again } = await open(context);
        const row = { hash: 'a', content: '{"model":"m"}', createdAtMs: 1 };
        await store.saveSources([row, { ...row, hash: 'b', createdAtMs: 2 }]);
        const other = (await again?.()) ?? store;
        await other.saveSources([{ ...row, createdAtMs: 3 }]);
        await other.saveSources([]);
        assert.deepEqual(await store.sources(), [row, { ...row, hash: 'b', createdAtMs: 2 }]);
      });

      test('what a server told is kept for each model of an upstream: the latest', async (context) => {
        const { store } = await open(context);
        const row = { upstream: 'local', model: 'm', server: 's', details: '{}', readAtMs: 1 };
        await store.saveServedModels([row, { ...row, upstream: 'far' }]);
        await store.saveServedModels([{ ...row, details: '{"template":"t"}', readAtMs: 2 }]);
        assert.deepEqual(await store.servedModels(), [
          { ...row, upstream: 'far' },
          { ...row, details: '{"template":"t"}', readAtMs: 2 },
        ]);
      });
    });

    describe('runs', () => {
      test('a run is unfinished from its beginning to its end', async (context) => {
        const { store } = await open(context);
        await store.beginRun(runRow('a'));
        assert.deepEqual(await store.unfinishedRuns(), [runRow('a')]);
        await store.endRun('a', 9, 0);
        assert.deepEqual(await store.unfinishedRuns(), []);
      });

      test('a heartbeat is kept', async (context) => {
        const { store } = await open(context);
        await store.beginRun(runRow('a'));
        const heartbeat = {
          lastSeenAtMs: 1_700_000_070_000,
          writtenUpToMs: 1_700_000_069_500,
          dropped: 3,
          capacity: 64,
        };
        await store.touchRun('a', heartbeat);
        assert.deepEqual(await store.unfinishedRuns(), [runRow('a', heartbeat)]);
      });

      test('a run is settled once', async (context) => {
        const { store } = await open(context);
        await store.beginRun(runRow('a'));
        assert.equal(await store.settleRun('a', 1), true);
        assert.equal(await store.settleRun('a', 2), false);
        assert.deepEqual(await store.unfinishedRuns(), []);
      });
    });

    versionContract(open);
    rolloutContract(open);
    learningContract(open);
    jobContract(open);

    describe('as a whole', () => {
      test('it answers a ping while it is open, and says so when it is closed', async (context) => {
        const { store } = await open(context);
        await store.ping();
        await store.close();
        await store.close();
        for (const use of [
          () => store.ping(),
          () => store.write(one('a')),
          () => store.keys(),
          () => store.changeCounter(),
        ]) {
          await assert.rejects(use(), { name: 'WeirError', code: 'store_unavailable', message: /closed/ });
        }
      });

      test('what one connection wrote another reads, now and after both are closed', async (context) => {
        const { store, again } = await open(context);
        if (again === undefined) return context.skip('this database has one connection only');
        const other = await again();
        await store.write(one('a'));
        assert.equal((await other.counts()).outcomes, 1);
        await store.close();
        await other.close();
        const later = await again();
        assert.equal((await later.decision('a', 'default'))?.attempts.length, 1);
      });

      test('two connections that write at once lose nothing', async (context) => {
        const { store, again } = await open(context);
        if (again === undefined) return context.skip('this database has one connection only');
        const other = await again();
        const writes = Array.from({ length: 40 }, (_, index) =>
          (index % 2 === 0 ? store : other).write(one(`${index}`)),
        );
        await Promise.all(writes);
        assert.deepEqual(await store.counts(), { outcomes: 40, attempts: 40, labels: 0 });
      });
    });
  });
}
