import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { openStore } from '../../store/open.ts';
import { attemptRow, auditRow, labelRow, outcomeRow } from '../../store/testing.ts';
import type { Store } from '../../store/contract/store.ts';
import { importReferences, type ImportedReferences } from './import-references.ts';
import { parseReferences } from './parse-references.ts';
import { questionKey } from './question-key.ts';

const NOW = 1_800_000_000_000;
const FRANCE = 'What is the capital of France?';
const id = (number: number): string =>
  `0190${String(number).padStart(4, '0')}-0000-7000-8000-00000000000${number % 10}`;

const line = (fields: object): string => JSON.stringify({ check: 'exact', reference: 'Paris', ...fields });
const parse = (...lines: string[]): ReturnType<typeof parseReferences> =>
  parseReferences(lines, { route: 'auto', routes: ['auto', 'maths'] });

test('a line has a question or an id, a check, and a reference', () => {
  const { references, bad } = parse(
    line({ question: FRANCE }),
    '',
    line({ id: 'chatcmpl-1', check: 'number', reference: '42', route: 'maths' }),
  );
  assert.deepEqual(bad, []);
  assert.deepEqual(references, [
    { line: 1, route: 'auto', question: FRANCE, check: 'exact', reference: 'Paris' },
    { line: 3, route: 'maths', id: 'chatcmpl-1', check: 'number', reference: '42' },
  ]);
});

test('a line that cannot be used is reported with its number, and the others are read', () => {
  const { references, bad } = parse(
    'no json',
    '[]',
    line({}),
    line({ question: FRANCE, id: '1' }),
    line({ question: ' ' }),
    line({ question: FRANCE, check: 'guess' }),
    line({ question: FRANCE, answer: 'Paris' }),
    line({ question: FRANCE, route: 'none' }),
    line({ question: FRANCE, check: 'number' }),
    line({ question: FRANCE, check: 'date', reference: '2023-02-29' }),
    line({ question: FRANCE }),
  );
  assert.deepEqual(
    references.map((each) => each.line),
    [11],
  );
  const expected = [
    /not JSON/,
    /must be an object, and is a list/,
    /one of 'question' \(or 'prompt'\), 'messages' and 'id'/,
    /one of 'question' \(or 'prompt'\), 'messages' and 'id'/,
    /'question': it must not be empty/,
    /'check'/,
    /'answer', which is not known/,
    /no route 'none'; routes: auto, maths/,
    /no answer could match 'Paris' when compared as 'number'/,
    /no answer could match '2023-02-29' when compared as 'date'/,
  ];
  assert.deepEqual(
    bad.map((each) => each.line),
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
  );
  bad.forEach(({ message }, index) => assert.match(message, expected[index] ?? /never/));
});

async function start(context: TestContext): Promise<Store> {
  const store = await openStore('sqlite::memory:');
  context.after(() => store.close());
  return store;
}

/** A request that the small tier answered, and whose audit asked the large one; texts kept unless told otherwise. */
async function ask(
  store: Store,
  number: number,
  question: string,
  { kept = true, route = 'auto', answer = 'Lyon' } = {},
): Promise<void> {
  const of = id(number);
  const { outcomeId: _, position: __, served: ___, ...large } = attemptRow(of, 0, { tier: 'large' });
  const prompt = { prompt: JSON.stringify([{ role: 'user', content: question }]) };
  await store.write({
    outcomes: [
      {
        outcome: outcomeRow(of, { tier: 'small', route, ...(kept ? prompt : {}) }),
        attempts: [attemptRow(of, 0, kept ? { answer } : {})],
      },
    ],
    labels: [],
    audits: [
      auditRow(of, {
        route,
        propensity: 0.2,
        attempts: JSON.stringify([kept ? { ...large, answer: 'Paris.' } : large]),
      }),
    ],
  });
}

const run = async (store: Store, ...lines: string[]): Promise<ImportedReferences> =>
  importReferences(store, parse(...lines).references, { now: () => NOW });

async function verdicts(store: Store, number: number): Promise<Record<string, number>> {
  const labels = (await store.decision(id(number), 'default'))?.labels ?? [];
  return Object.fromEntries(labels.map(({ tier, source, verdict }) => [`${tier} ${source}`, verdict]));
}

test('references are stored for later questions, and score earlier answers with their propensity', async (context) => {
  const store = await start(context);
  await ask(store, 1, '  What is the capital of France? ');
  await ask(store, 2, 'what is the capital of France?');
  const imported = await run(store, line({ question: FRANCE }));
  assert.deepEqual(imported, {
    references: 1,
    added: 1,
    scored: 2,
    changed: 2,
    bad: [],
    outdated: 0,
  });
  assert.deepEqual(await store.reference('auto', questionKey(FRANCE)), {
    route: 'auto',
    key: questionKey(FRANCE),
    check: 'exact',
    reference: 'Paris',
    createdAtMs: NOW,
  });
  assert.deepEqual(await verdicts(store, 1), { 'small reference': 0, 'large reference': 1 });
  assert.deepEqual(await verdicts(store, 2), {});
  const labels = (await store.decision(id(1), 'default'))?.labels ?? [];
  assert.deepEqual(new Set(labels.map(({ propensity }) => propensity)), new Set([0.2]));
});

test('thinking is not part of an answer; an answer without text may have been a tool call, and keeps its score', async (context) => {
  const store = await start(context);
  await ask(store, 1, FRANCE, { answer: '<think>\nLyon? No.\n</think>\n\nParis' });
  await ask(store, 2, FRANCE, { answer: '' });
  const label = labelRow(id(2), { source: 'reference', verdict: 1 });
  await store.write({ outcomes: [], labels: [label], audits: [] });
  await run(store, line({ question: FRANCE }));
  assert.deepEqual(await verdicts(store, 1), { 'small reference': 1, 'large reference': 1 });
  assert.deepEqual(await verdicts(store, 2), { 'small reference': 1, 'large reference': 1 });
});

test('a request with an image gets no reference, and the message says why', async (context) => {
  const store = await start(context);
  await ask(store, 1, 'x');
  const content = [
    { type: 'text', text: FRANCE },
    { type: 'image_url', image_url: { url: 'data:' } },
  ];
  const pictured = outcomeRow(id(2), { tier: 'small', prompt: JSON.stringify([{ role: 'user', content }]) });
  await store.write({
    outcomes: [{ outcome: pictured, attempts: [attemptRow(id(2), 0, { answer: 'Lyon' })] }],
    labels: [],
    audits: [],
  });
  const byId = line({ question: undefined, id: id(2) });
  const { bad } = await run(store, byId, line({ question: FRANCE }));
  assert.match(bad[0]?.message ?? '', /not text alone/);
  assert.deepEqual(await verdicts(store, 2), {});
});

test('importing again changes nothing; another answer replaces the scores', async (context) => {
  const store = await start(context);
  await ask(store, 1, FRANCE);
  await run(store, line({ question: FRANCE }));
  assert.deepEqual(await run(store, line({ question: FRANCE })), {
    references: 1,
    added: 0,
    scored: 2,
    changed: 0,
    bad: [],
    outdated: 0,
  });
  const other = await run(store, line({ question: FRANCE, reference: 'Lyon' }));
  assert.equal(other.changed, 2);
  assert.deepEqual(await verdicts(store, 1), { 'small reference': 1, 'large reference': 0 });
});

test('an id stands for its question, on every request that asks it', async (context) => {
  const store = await start(context);
  await ask(store, 1, FRANCE);
  await ask(store, 2, FRANCE);
  const imported = await run(store, line({ id: `chatcmpl-${id(1).toUpperCase()}` }));
  assert.deepEqual([imported.references, imported.scored], [1, 4]);
  assert.deepEqual(await verdicts(store, 2), { 'small reference': 0, 'large reference': 1 });
});

test('the same question on another route is another question', async (context) => {
  const store = await start(context);
  await ask(store, 1, FRANCE, { route: 'maths' });
  assert.equal((await run(store, line({ question: FRANCE }))).scored, 0);
  assert.equal((await run(store, line({ question: FRANCE, route: 'maths' }))).scored, 2);
});

test('a line that names an unknown request or one without texts, or contradicts an earlier line, is reported with its number', async (context) => {
  const store = await start(context);
  await ask(store, 1, FRANCE, { kept: false });
  const { references, scored, bad } = await run(
    store,
    line({ question: FRANCE }),
    line({ question: ` ${FRANCE}\n` }),
    line({ question: FRANCE, reference: 'Lyon' }),
    line({ id: id(1) }),
    line({ id: id(2) }),
    line({ id: id(1), route: 'maths' }),
  );
  assert.deepEqual([references, scored], [1, 0]);
  assert.deepEqual(
    bad.map((each) => each.line),
    [3, 4, 5, 6],
  );
  const expected = [/line 2 has another answer/, /were not stored/, /has the id/, /on route 'maths'/];
  bad.forEach(({ message }, index) => assert.match(message, expected[index] ?? /never/));
});

test('a history longer than a page is scored whole', async (context) => {
  const store = await start(context);
  for (let number = 0; number < 203; number++) await ask(store, number, FRANCE);
  const seen: number[] = [];
  const { references } = parse(line({ question: FRANCE }));
  let nowMs = NOW;
  const imported = await importReferences(store, references, {
    now: () => (nowMs += 90_000),
    onProgress: (done) => seen.push(done),
  });
  assert.equal(imported.scored, 406);
  assert.deepEqual(seen, [200, 203]);
  // Whoever learns looks for what was said of late: a verdict is of the time when it was written.
  const labels = await Promise.all(
    [199, 202].map(async (number) => (await store.decision(id(number), 'default'))?.labels[0]),
  );
  assert.equal((labels[1]?.createdAtMs ?? 0) - (labels[0]?.createdAtMs ?? 0), 90_000);
});

test('a reference of a conversation is of all its messages, and of no other that ends in the same words', async (context) => {
  const store = await start(context);
  const told = (...texts: string[]) => [
    { role: 'system', content: texts[0] },
    { role: 'user', content: texts[1] },
  ];
  const messages = told('Be brief.', 'Continue');
  await ask(store, 1, 'Continue');
  const other = outcomeRow(id(2), { tier: 'small', prompt: JSON.stringify(told('Be long.', 'Continue')) });
  const same = outcomeRow(id(3), { tier: 'small', prompt: JSON.stringify(messages) });
  const outcomes = [other, same].map((outcome) => ({
    outcome,
    attempts: [attemptRow(outcome.id, 0, { answer: 'Lyon' })],
  }));
  await store.write({ outcomes, labels: [], audits: [] });
  const imported = await run(store, line({ messages }));
  assert.deepEqual([imported.references, imported.scored], [1, 1]);
  assert.deepEqual(await verdicts(store, 1), {});
  assert.deepEqual(await verdicts(store, 2), {});
  assert.deepEqual(await verdicts(store, 3), { 'small reference': 0 });
});

test('a reference of an earlier version, which matches nothing any more, is removed, and is told of once', async (context) => {
  const store = await start(context);
  const old = {
    route: 'auto',
    key: 'a'.repeat(32),
    check: 'exact',
    reference: 'Rome',
    createdAtMs: 0,
  } as const;
  await store.saveReferences([old]);
  assert.equal((await run(store, line({ question: FRANCE }))).outdated, 1);
  assert.equal(await store.reference('auto', old.key), undefined);
  assert.equal((await run(store, line({ question: FRANCE }))).outdated, 0);
  assert.notEqual(await store.reference('auto', questionKey(FRANCE)), undefined);
});

test('in doubt the last tier’s answer counts as right, and any other as wrong', async (context) => {
  const store = await start(context);
  await ask(store, 1, FRANCE, { answer: 'Paris, or perhaps Lyon' });
  const { references } = parse(line({ question: FRANCE }));
  await importReferences(store, references, { now: () => NOW, lastTier: () => 'large' });
  assert.deepEqual(await verdicts(store, 1), { 'small reference': 0, 'large reference': 1 });
  await importReferences(store, references, { now: () => NOW, lastTier: () => 'small' });
  assert.deepEqual(await verdicts(store, 1), { 'small reference': 1, 'large reference': 1 });
});

test('a fraction by nothing, messages without text and two kinds of question cannot be imported', () => {
  const { bad } = parse(
    line({ question: FRANCE, check: 'number', reference: '1/0' }),
    line({ question: FRANCE, messages: [{ role: 'user', content: 'x' }] }),
    line({ messages: [] }),
  );
  assert.equal(bad.length, 3);
});
