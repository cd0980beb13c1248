import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { openStore } from '../../store/open.ts';
import { attemptRow, auditRow, labelRow, learningEvent, outcomeRow } from '../../store/testing.ts';
import type { AuditRow } from '../../store/contract/learning-rows.ts';
import type { Label, Store } from '../../store/contract/store.ts';
import { keepVersion } from '../versions/kept-version.ts';
import { startLoop } from '../loop/loop.ts';
import { beginEpoch } from '../loop/steps.ts';
import { createOperatorDesk, type OperatorDesk } from './operator-desk.ts';
import { reviewDraw } from '../labels/sources/operator.ts';
import type { ConfiguredRoute } from './route-status.ts';
import { testVersion } from '../table/testing.ts';

const DAY = 86_400_000;
const NOW = Date.parse('2026-11-20T12:00:00Z');
const auto: ConfiguredRoute = {
  route: 'auto',
  tiers: ['small', 'large'],
  promise: { maxQualityLoss: 0.02, certainty: 0.9 },
};
const plain: ConfiguredRoute = { route: 'plain', tiers: ['small', 'large'] };
const prompt = (text: string): string => JSON.stringify([{ role: 'user', content: text }]);
const id = (number: number): string => `0190${String(number).padStart(4, '0')}-0000-7000-8000-000000000000`;

async function start(context: TestContext): Promise<{ store: Store; desk: OperatorDesk }> {
  const store = await openStore('sqlite::memory:');
  context.after(() => store.close());
  return {
    store,
    desk: createOperatorDesk({ store, routes: [auto, plain], policies: new Map(), now: () => NOW }),
  };
}

interface Made {
  atMs?: number;
  kind?: 'certification' | 'learning';
  labels?: (outcomeId: string) => Label[];
  tenant?: string;
  policyHash?: string;
  audit?: Partial<AuditRow>;
}

const byJudge = (outcomeId: string): Label[] => [
  labelRow(outcomeId, { source: 'judge', verdict: 0.5 }),
  labelRow(outcomeId, { source: 'judge', tier: 'large' }),
];

/** A request that the small tier served, and whose audit asked the large one. */
async function addAudited(store: Store, number: number, made: Made = {}): Promise<void> {
  const { atMs = NOW - DAY, kind = 'certification', labels = byJudge, tenant = 'default' } = made;
  const outcomeId = id(number);
  const { outcomeId: _, position: __, served: ___, ...large } = attemptRow(outcomeId, 0, { tier: 'large' });
  const outcome = outcomeRow(outcomeId, {
    tenant,
    tier: 'small',
    prompt: prompt(`Question ${number}?`),
    createdAtMs: atMs,
    ...(made.policyHash === undefined ? {} : { policyHash: made.policyHash }),
  });
  await store.write({
    outcomes: [{ outcome, attempts: [attemptRow(outcomeId, 0, { answer: 'Lyon' })] }],
    labels: labels(outcomeId),
    audits: [
      auditRow(outcomeId, {
        tenant,
        kind,
        propensity: 0.25,
        attempts: JSON.stringify([{ ...large, answer: 'Paris' }]),
        ...made.audit,
      }),
    ],
  });
}

async function learn(store: Store, state: object): Promise<void> {
  await store.takeJob('learn:auto', 'me', 1_000);
  await store.stepJob('learn:auto', 'me', NOW, { state: JSON.stringify(state), events: [], versions: [] });
}

test('a new route waits for its first labels, and shows no figure that it does not have', async (context) => {
  const { desk } = await start(context);
  assert.deepEqual(await desk.status(), [
    {
      ...auto,
      labels: { complete: 0, certifying: 0 },
      next: { what: 'fit', have: 0, needed: 200 },
      tests: [],
      alarms: [],
      steps: [],
      estimates: { requests: 0, audits: 0, labels: {} },
    },
    {
      ...plain,
      labels: { complete: 0, certifying: 0 },
      tests: [],
      alarms: [],
      steps: [],
      estimates: { requests: 0, audits: 0, labels: {} },
    },
  ]);
  await assert.rejects(desk.status('other'), {
    code: 'invalid_request',
    message: /Routes: auto, plain/,
  });
});

test('the status shows how many labels there are, how many are needed, and when at this rate', async (context) => {
  const { store, desk } = await start(context);
  for (let number = 0; number < 20; number++)
    await addAudited(store, number, {
      atMs: NOW - (20 - number) * (DAY / 5),
      kind: number % 4 === 0 ? 'learning' : 'certification',
    });
  // Without a verdict on each tier, or by a user alone, nothing is learned from it.
  await addAudited(store, 20, { labels: (of) => [labelRow(of, { source: 'judge' })] });
  await addAudited(store, 21, {
    labels: (of) => [labelRow(of), labelRow(of, { tier: 'large' })],
  });
  const [status] = await desk.status('auto');
  assert.deepEqual(status?.labels, { complete: 20, certifying: 15, perDay: 5 });
  assert.deepEqual(status.audits, { judged: 20, unjudged: 2, noVerdict: 0, incomplete: 0 });
  assert.deepEqual(status.next, { what: 'fit', have: 20, needed: 200, inDays: 36 });
  assert.equal(status.estimates.audits, 22);
  assert.equal(status.estimates.loss?.audits, 21);
});

test('verdicts on controls count since the epoch began, because another judge begins one', async (context) => {
  const { store, desk } = await start(context);
  for (let number = 0; number < 12; number++)
    await addAudited(store, number, {
      atMs: NOW - (12 - number) * DAY,
      audit: { controlVerdict: number < 6 ? 1 : 0 },
    });
  assert.deepEqual((await desk.status('auto'))[0]?.controls?.asked, 12);
  await learn(store, startLoop(NOW - 6 * DAY, 6));
  assert.deepEqual((await desk.status('auto'))[0]?.controls, { asked: 6, good: 0 });
});

test('where a route cannot learn, the status says why instead of what it waits for', async (context) => {
  const { store, desk } = await start(context);
  const state = startLoop(NOW - DAY);
  const problem = 'The answer of small has no cost; set `price`.';
  await learn(store, { ...state, problem });
  const [told] = await desk.status('auto');
  assert.deepEqual([told?.problem, told?.next], [problem, undefined]);
  await learn(store, state);
  const [well] = await desk.status('auto');
  assert.deepEqual([well?.problem, well?.next?.what], [undefined, 'fit']);
  await learn(store, { ...state, format: 99 });
  const [foreign] = await desk.status('auto');
  assert.match(foreign?.problem ?? '', /a format that this version of Weir does not know; run/);
  assert.equal(foreign?.next, undefined);
});

test('the judge’s disagreement covers comparisons under every policy since the judge last changed', async (context) => {
  const { store, desk } = await start(context);
  const drawn = Array.from({ length: 60 }, (_, number) => number).filter(
    (number) => reviewDraw(id(number)) !== undefined,
  );
  const [old = 0, before = 0, now = 0] = drawn;
  const both = (of: string): Label[] => [
    ...byJudge(of),
    labelRow(of, { source: 'operator', verdict: 0 }),
    labelRow(of, { source: 'operator', tier: 'large' }),
  ];
  await addAudited(store, old, { atMs: NOW - 3 * DAY, labels: both });
  await addAudited(store, before, { policyHash: 'before', labels: both });
  await addAudited(store, now, { policyHash: 'now', labels: both });
  assert.equal((await desk.status('auto'))[0]?.estimates.judge?.requests, 3);
  await learn(
    store,
    beginEpoch(startLoop(NOW - 5 * DAY), 'Another judge.', { nowMs: NOW - 2 * DAY, upTo: 1 }).state,
  );
  const [status] = await desk.status('auto');
  assert.equal(status?.policy, 'now');
  assert.deepEqual([status.estimates.judge?.requests, status.estimates.judge?.disagreement], [2, 0.5]);
});

test('a route whose configuration prevents learning waits for nothing, and one without a judge is told to add one', async (context) => {
  const { store } = await start(context);
  const problem = 'the configuration has no `learning` block';
  const desk = createOperatorDesk({
    store,
    routes: [
      { ...auto, problem },
      { ...auto, route: 'silent', nobodyJudges: true },
    ],
    policies: new Map(),
    now: () => NOW,
  });
  await learn(store, { ...startLoop(NOW - DAY), problem: 'Something of before.' });
  const [told, silent] = await desk.status();
  assert.deepEqual([told?.problem, told?.next], [problem, undefined]);
  assert.match(silent?.next?.hint ?? '', /^Only operators and references give verdicts/);
});

test('on the first day the rate is over the hours so far', async (context) => {
  const { store, desk } = await start(context);
  for (let number = 0; number < 20; number++)
    await addAudited(store, number, { atMs: NOW - (DAY / 24) * 2 + number });
  const [status] = await desk.status('auto');
  assert.equal(status?.labels.perDay, 240);
  assert.equal(status.next?.inDays, 0.75);
});

test('a burst of minutes counts as an hour', async (context) => {
  const { store, desk } = await start(context);
  for (let number = 0; number < 20; number++) await addAudited(store, number, { atMs: NOW - 60_000 });
  const [status] = await desk.status('auto');
  assert.equal(status?.labels.perDay, 480);
});

test('a frozen candidate waits for certification audits that came after it', async (context) => {
  const { store, desk } = await start(context);
  for (let number = 0; number < 14; number++)
    await addAudited(store, number, { atMs: NOW - (14 - number) * (DAY / 2) });
  const candidate = {
    hash: 'abc',
    frozenAtMs: NOW - 3 * DAY,
    after: 9,
    fitRows: 80,
    looks: [{ rows: 40, until: 3 }, { rows: 65 }],
    taken: 1,
  };
  await learn(store, { ...startLoop(NOW - 9 * DAY), candidate, auditing: 'raised' });
  const [status] = await desk.status('auto');
  // After the freeze came five in three days: sixty more take thirty-six.
  assert.deepEqual(status?.next, { what: 'test', have: 5, needed: 65, inDays: 36 });
  assert.deepEqual(status.candidate, {
    version: 'abc',
    frozenAt: new Date(NOW - 3 * DAY).toISOString(),
    fitRows: 80,
    looks: [40, 65],
    taken: 1,
  });
  assert.deepEqual(
    [status.auditing, status.epoch?.why, status.epoch?.attempts],
    ['raised', 'the beginning', 0],
  );
  const late = { ...candidate, frozenAtMs: NOW - 2 * DAY, after: 11 };
  await learn(store, { ...startLoop(NOW - 9 * DAY), candidate: late });
  // Three tell no rate.
  assert.deepEqual((await desk.status('auto'))[0]?.next, { what: 'test', have: 3, needed: 65 });
  await learn(store, { ...startLoop(NOW - 3 * DAY, 8), candidate: { ...candidate, taken: 2 } });
  const { hint, ...next } = (await desk.status('auto'))[0]?.next ?? {};
  assert.deepEqual(next, { what: 'fit', have: 6, needed: 200, inDays: 97 });
  assert.match(hint ?? '', /Few requests are audited/);
});

test('the status shows what is in force, what waits to be promoted, tests and alarms', async (context) => {
  const { store, desk } = await start(context);
  const hand = { by: 'ada', atMs: NOW };
  const { hash } = await keepVersion(store, testVersion(), hand);
  await store.promoteVersion(hash, hand);
  const waiting = await keepVersion(store, testVersion({ evidence: { epoch: 'after audit 0' } }), hand);
  await store.takeJob('learn:auto', 'me', 1_000);
  await store.stepJob('learn:auto', 'me', NOW, {
    state: JSON.stringify(startLoop(NOW)),
    versions: [],
    events: [
      learningEvent('tested', { message: 'Attempt 1.', version: 'abc' }),
      learningEvent('alarm', { message: 'Prices changed.' }),
      learningEvent('proposed', { version: waiting.hash }),
    ],
  });
  const [status, other] = await desk.status();
  assert.equal(status?.inForce?.version, hash);
  assert.equal(status.inForce.certified, testVersion().certificate !== undefined);
  assert.equal(status.inForce.sentence, testVersion().certificate?.sentence);
  assert.equal(status.proposed, waiting.hash);
  assert.equal(status.lapsed, undefined);
  assert.deepEqual(status.tests, [
    { kind: 'tested', message: 'Attempt 1.', at: '2023-11-14T22:13:20.000Z', version: 'abc' },
  ]);
  assert.equal(status.alarms[0]?.message, 'Prices changed.');
  assert.deepEqual(
    status.steps.map(({ kind, version }) => [kind, version]),
    [['proposed', waiting.hash]],
  );
  assert.deepEqual([other?.inForce, other?.alarms], [undefined, []]);
});

test('audits that lost more than is promised stand beside the certificate, and only there', async (context) => {
  const { store, desk } = await start(context);
  for (let number = 0; number < 60; number++) await addAudited(store, number);
  const [before] = await desk.status('auto');
  assert.equal(before?.inForce, undefined);
  const { hash } = await keepVersion(store, testVersion(), { by: 'ada', atMs: NOW - 2 * DAY });
  await store.promoteVersion(hash, { by: 'ada', atMs: NOW - 2 * DAY });
  const [status] = await desk.status('auto');
  assert.match(
    status?.inForce?.beyondPromise ?? '',
    /^On 60 audited requests more was lost than is promised: 50\.0 % .* where at most 2 % may be\. That is hardly chance/,
  );
  assert.ok((status?.estimates.loss?.interval.lower ?? 0) > 0.02);
});

test('a version in force is not shown as certified once its certificate has lapsed', async (context) => {
  const { store, desk } = await start(context);
  const hand = { by: 'ada', atMs: NOW };
  const evidence = { epoch: 'after audit 0' };
  const { hash } = await keepVersion(store, testVersion({ evidence }), hand);
  await store.promoteVersion(hash, hand);
  await store.takeJob('learn:auto', 'me', 1_000);
  await store.stepJob('learn:auto', 'me', NOW, {
    state: JSON.stringify(
      beginEpoch(startLoop(NOW - DAY), 'The traffic changed.', { nowMs: NOW, upTo: 1 }).state,
    ),
    versions: [],
    events: [],
  });
  const [status] = await desk.status('auto');
  assert.deepEqual(status?.inForce, {
    version: hash,
    certified: false,
    lapsed: { since: new Date(NOW).toISOString(), why: 'The traffic changed.' },
  });
});

test('a proposed version waits until a change comes or it is promoted', async (context) => {
  const { store, desk } = await start(context);
  const hand = { by: 'ada', atMs: NOW };
  const proposed = async (version: string) => {
    await store.takeJob('learn:auto', 'me', 1_000);
    await store.stepJob('learn:auto', 'me', NOW, {
      state: JSON.stringify(
        beginEpoch(startLoop(NOW - DAY), 'The traffic changed.', { nowMs: NOW, upTo: 1 }).state,
      ),
      versions: [],
      events: [learningEvent('proposed', { version })],
    });
    const [status] = await desk.status('auto');
    return { proposed: status?.proposed, lapsed: status?.lapsed };
  };
  const of = async (epoch: number) =>
    (await keepVersion(store, testVersion({ evidence: { epoch: `after audit ${epoch}` } }), hand)).hash;
  const [before, since] = [await of(0), await of(1)];
  assert.deepEqual(await proposed(before), {
    proposed: undefined,
    lapsed: { version: before, since: new Date(NOW).toISOString(), why: 'The traffic changed.' },
  });
  assert.deepEqual(await proposed(since), { proposed: since, lapsed: undefined });
  await store.promoteVersion(since, hand);
  // Something stricter serves meanwhile.
  await store.promoteVersion(before, hand);
  assert.deepEqual(await proposed(since), { proposed: undefined, lapsed: undefined });
});

test('estimates cover only the policy that decided the newest request', async (context) => {
  const { store, desk } = await start(context);
  for (let number = 0; number < 5; number++) await addAudited(store, number, { policyHash: 'before' });
  for (let number = 5; number < 8; number++) await addAudited(store, number, { policyHash: 'now' });
  const [status] = await desk.status('auto');
  assert.equal(status?.policy, 'now');
  assert.deepEqual([status.estimates.requests, status.estimates.loss?.audits], [3, 3]);
  assert.equal(status.labels.complete, 8);
});

test('the queue covers all tenants, each question once, and drops questions with an operator’s verdict', async (context) => {
  const { store, desk } = await start(context);
  for (let number = 0; number < 6; number++)
    await addAudited(store, number, { tenant: number % 2 === 0 ? 'a' : 'b' });
  const items = await desk.queue({ limit: 10 });
  assert.equal(items.length, 6);
  assert.deepEqual(new Set(items.map(({ tenant }) => tenant)), new Set(['a', 'b']));
  assert.equal((await desk.queue({ limit: 2 })).length, 2);
  const [first] = items;
  assert.ok(first !== undefined);
  const label = await desk.giveVerdict(first.outcomeId, 'large', 1);
  assert.deepEqual(label, {
    route: 'auto',
    outcomeId: first.outcomeId,
    tier: 'large',
    source: 'operator',
    verdict: 1,
    propensity: 0.25,
    createdAtMs: NOW,
  });
  assert.equal((await desk.queue({ limit: 10 })).length, 5);
  // Thought better of.
  await desk.giveVerdict(first.outcomeId, 'large', 0);
  const labels = (await store.decision(first.outcomeId, first.tenant))?.labels ?? [];
  assert.deepEqual(
    labels.filter(({ source }) => source === 'operator').map(({ verdict }) => verdict),
    [0],
  );
  await assert.rejects(desk.queue({ route: 'other', limit: 1 }), { code: 'invalid_request' });
});

test('a verdict on an unknown request or answer is refused', async (context) => {
  const { store, desk } = await start(context);
  await addAudited(store, 1);
  await assert.rejects(desk.giveVerdict(id(2), 'small', 1), { code: 'unknown_id' });
  await assert.rejects(desk.giveVerdict('', 'small', 1), { code: 'unknown_id' });
  await assert.rejects(desk.giveVerdict(id(1), 'medium', 1), {
    code: 'invalid_request',
    message: /Stored answers: small, large/,
  });
});

test('histories longer than a page are read whole', async (context) => {
  const { store, desk } = await start(context);
  for (let number = 0; number < 201; number++) await addAudited(store, number);
  const [status] = await desk.status('auto');
  assert.equal(status?.labels.complete, 201);
  assert.equal(status.estimates.requests, 201);
});
