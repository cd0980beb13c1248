import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { Policy, Tier } from '../../routing/policy.ts';
import type { AuditRow } from '../../store/contract/learning-rows.ts';
import { openStore } from '../../store/open.ts';
import type { OutcomeRow } from '../../store/contract/outcome-rows.ts';
import type { Store } from '../../store/contract/store.ts';
import { attemptRow, auditRow, labelRow, outcomeRow } from '../../store/testing.ts';
import { createAuditedTraces, heldAudits, type AuditTable } from './audited-traces.ts';
import { reviewDraw } from '../labels/sources/operator.ts';

const tier = (name: string): Tier => ({ name, model: name, upstream: 'local', location: 'on-premises' });
const policy: Policy = {
  route: 'auto',
  tiers: [tier('small'), tier('large')],
  rule: { kind: 'last', objective: { maxQualityLoss: 0.1, certainty: 0.9 } },
  onAbstain: 'serve',
  data: {},
  certified: false,
};
const id = (number: number): string => `0190${String(number).padStart(4, '0')}-0000-7000-8000-000000000000`;

/** A request that the small tier answered, and its audit, judged. */
async function add(
  store: Store,
  number: number,
  { prompt, conversation }: Pick<OutcomeRow, 'prompt'> & Pick<AuditRow, 'conversation'>,
): Promise<void> {
  const outcomeId = id(number);
  const {
    outcomeId: _,
    position: __,
    served: ___,
    ...large
  } = attemptRow(outcomeId, 0, {
    tier: 'large',
    costNanoUsd: 20,
  });
  const request = { features: { promptTokens: 20 }, inputTokens: 20, u: 0.5 };
  await store.write({
    outcomes: [
      {
        outcome: outcomeRow(outcomeId, {
          tier: 'small',
          createdAtMs: number,
          explanation: JSON.stringify({ request }),
          ...(prompt === undefined ? {} : { prompt }),
        }),
        attempts: [attemptRow(outcomeId, 0, { tier: 'small', costNanoUsd: 1 })],
      },
    ],
    labels: ['small', 'large'].map((name) => labelRow(outcomeId, { tier: name, source: 'judge' })),
    audits: [
      auditRow(outcomeId, {
        attempts: JSON.stringify([large]),
        ...(conversation === undefined ? {} : { conversation }),
      }),
    ],
  });
}

async function tableOf(
  context: TestContext,
  added: readonly Parameters<typeof add>[2][],
): Promise<AuditTable> {
  const store = await openStore('sqlite::memory:');
  context.after(() => store.close());
  for (const [index, each] of added.entries()) await add(store, index + 1, each);
  const traces = createAuditedTraces(store, policy);
  await traces.refresh(1_000);
  return traces.table();
}

/** Which of the rows belong together: as the loop certifies them, and as they are held out in a fit. */
function together({ table, audits }: AuditTable): number[][] {
  const rows = audits.flatMap(({ row }) => row ?? []);
  const numbers = new Map<string | number, number>();
  return [
    rows.map(({ cluster }) => {
      const number = numbers.get(cluster) ?? numbers.size;
      numbers.set(cluster, number);
      return number;
    }),
    [...table.clusters],
  ];
}

test('requests of one conversation belong together, also where no text is kept', async (context) => {
  const table = await tableOf(context, [
    { conversation: 'a' },
    { conversation: 'b' },
    { conversation: 'a' },
    {},
    {},
  ]);
  assert.deepEqual(together(table), [
    [0, 1, 0, 2, 3],
    [0, 1, 0, 2, 3],
  ]);
});

test('a later turn belongs to its conversation although its text differs', async (context) => {
  const table = await tableOf(context, [
    { conversation: 'a', prompt: '[{"role":"user","content":"Which town?"}]' },
    { conversation: 'a', prompt: '[{"role":"user","content":"And the river?"}]' },
    { prompt: '[{"role":"user","content":"Which town?"}]' },
    { prompt: '[{"role":"user","content":"Which town?"}]' },
  ]);
  assert.deepEqual(together(table), [
    [0, 0, 1, 1],
    [0, 0, 1, 1],
  ]);
});

test('operators correct a certifying audit only where a coin drew it for them', async (context) => {
  const store = await openStore('sqlite::memory:');
  context.after(() => store.close());
  const numbers = Array.from({ length: 40 }, (_, index) => index + 1);
  for (const number of numbers) await add(store, number, { conversation: String(number) });
  await store.write({
    outcomes: [],
    labels: numbers.map((number) => labelRow(id(number), { tier: 'small', source: 'operator', verdict: 0 })),
    audits: [],
  });
  const traces = createAuditedTraces(store, policy);
  await traces.refresh(1_000);
  const { table } = traces.table();
  const corrected = numbers.filter((number) => table.answers[0]?.score[table.ids.indexOf(id(number))] === 0);
  assert.deepEqual(
    corrected,
    numbers.filter((number) => reviewDraw(id(number)) !== undefined),
  );
  assert.ok(corrected.length > 0 && corrected.length < 20);
});

test('old audits are only counted, and a late verdict does not bring their answers back', async (context) => {
  const store = await openStore('sqlite::memory:');
  context.after(() => store.close());
  for (let number = 1; number <= 6; number++) await add(store, number, { conversation: String(number % 5) });
  const traces = createAuditedTraces(store, policy, { most: 2 });
  await traces.refresh(1_000);
  const held = (): [ids: readonly string[], rows: number[]] => {
    const { table, audits } = traces.table();
    return [table.ids, audits.map(({ row }) => row?.row ?? NaN)];
  };
  // The last two, and the first of the newest two conversations.
  const expected = [
    [id(4), id(5), id(6)],
    [-1, -1, -1, 0, 1, 2],
  ];
  assert.deepEqual(held(), expected);
  const { audits } = traces.table();
  assert.deepEqual(
    audits.map(({ row }) => [row?.cluster, row?.certifies]),
    ['1', '2', '3', '4', '0', '1'].map((cluster) => [cluster, true]),
  );
  await store.write({
    outcomes: [],
    labels: [labelRow(id(1), { tier: 'small', source: 'reference', verdict: 0, createdAtMs: 1_500 })],
    audits: [],
  });
  await traces.refresh(2_000);
  assert.deepEqual(held(), expected);
  await add(store, 7, { conversation: 'new' });
  await traces.refresh(3_000);
  assert.deepEqual(held(), [
    [id(5), id(6), id(7)],
    [-1, -1, -1, -1, 0, 1, 2],
  ]);
  assert.deepEqual(traces.table().audits.length, 7, 'model names are known for each');
});

const audit = (cluster: string | number, certifies = true) => ({ cluster, certifies });
const heldOf = (audited: ReturnType<typeof audit>[], most: number): number[] =>
  [...heldAudits(audited, most)].toSorted((a, b) => a - b);

test('few audits are all held', () => {
  assert.deepEqual(heldOf([audit(1), audit(2, false), audit(1)], 3), [0, 1, 2]);
});

test('the newest audits are held, and as many that may certify, the first of each conversation', () => {
  const many = [
    audit('a'),
    audit('b'),
    audit('a'),
    audit('c', false),
    audit('c'),
    ...Array.from({ length: 4 }, () => audit('a', false)),
    audit('b'),
  ];
  // The last two, and the first of b and of c.
  assert.deepEqual(heldOf(many, 2), [1, 4, 8, 9]);
});

test('without audits none is held', () => {
  assert.deepEqual(heldOf([], 5), []);
});
