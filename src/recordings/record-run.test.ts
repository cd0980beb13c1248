import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Trace } from '../traces/trace.ts';
import type { JournalEntry } from './journal.ts';
import { questionHash } from './question.ts';
import type { RecordTier } from './record.ts';
import { recordRun } from './record-run.ts';

const never = new AbortController().signal;

const question = (id: string, more: Partial<Trace> = {}): Trace => ({
  id,
  group: 'g',
  prompt: `What is ${id}?`,
  reference: id,
  check: 'exact',
  attempts: {},
  ...more,
});

const reply = (content: string) => ({
  body: { choices: [{ message: { content }, finish_reason: 'stop' }] },
  latencyMs: 5,
});

/** A tier that answers with the last word of what it is asked, without the question mark. */
function scriptedTier(name: string, failing: (prompt: string) => boolean = () => false) {
  const asked: string[] = [];
  const tier: RecordTier = {
    name,
    async ask(body) {
      const messages = body['messages'] as { content: string }[];
      const prompt = messages.at(-1)?.content ?? '';
      asked.push(prompt);
      if (failing(prompt)) throw new Error('the server is out of order');
      return reply(prompt.replace(/^.* |\?$/g, ''));
    },
  };
  return { tier, asked };
}

function memoryJournal(entries: JournalEntry[] = []) {
  return {
    entries: [...entries],
    written: entries,
    append: async (entry: JournalEntry) => void entries.push(entry),
  };
}

test('an answer in parts is kept as its text, without the thinking', async () => {
  const content = [
    { type: 'thinking', thinking: [{ type: 'text', text: 'Hm.' }] },
    { type: 'text', text: 'a' },
  ];
  const tier: RecordTier = {
    name: 'small',
    ask: async () => ({ body: { choices: [{ message: { content } }] } }),
  };
  const { traces } = await recordRun({
    questions: [question('a')],
    tiers: [tier],
    concurrency: 1,
    journal: memoryJournal(),
    signal: never,
  });
  assert.deepEqual([traces[0]?.attempts['small']?.answer, traces[0]?.attempts['small']?.score], ['a', 1]);
});

test('every tier is asked every question once, and the answers are scored', async () => {
  const [small, large] = [scriptedTier('small'), scriptedTier('large')];
  const { traces, asked, failures } = await recordRun({
    questions: [question('a'), question('b')],
    tiers: [small.tier, large.tier],
    concurrency: 3,
    journal: memoryJournal(),
    signal: never,
  });
  assert.deepEqual({ asked, failures }, { asked: 4, failures: [] });
  assert.deepEqual(small.asked.toSorted(), ['What is a?', 'What is b?']);
  assert.deepEqual(
    traces.map((trace) => Object.keys(trace.attempts).toSorted()),
    [
      ['large', 'small'],
      ['large', 'small'],
    ],
  );
  assert.deepEqual(traces[0]?.attempts['small'], { answer: 'a', score: 1, latencyMs: 5, finish: 'stop' });
});

test('a question that has an attempt of a tier, in the file or in the journal, is not asked again', async () => {
  const small = scriptedTier('small');
  const inJournal = question('b');
  const journal = memoryJournal([
    { id: 'b', question: questionHash(inJournal), tier: 'small', attempt: { answer: 'earlier', score: 1 } },
  ]);
  const { traces, asked } = await recordRun({
    questions: [question('a', { attempts: { small: { answer: 'kept' } } }), inJournal, question('c')],
    tiers: [small.tier],
    concurrency: 1,
    journal,
    signal: never,
  });
  assert.equal(asked, 1);
  assert.deepEqual(small.asked, ['What is c?']);
  assert.equal(traces[0]?.attempts['small']?.answer, 'kept');
  assert.deepEqual(
    traces[1]?.attempts['small'],
    { answer: 'earlier', score: 0 },
    'scored by the checker of today',
  );
});

test('an answer in the journal to a question that has changed since is not used', async () => {
  const small = scriptedTier('small');
  const journal = memoryJournal([
    {
      id: 'a',
      question: questionHash(question('a', { prompt: 'Something else?' })),
      tier: 'small',
      attempt: { answer: 'old' },
    },
  ]);
  const { traces } = await recordRun({
    questions: [question('a')],
    tiers: [small.tier],
    concurrency: 1,
    journal,
    signal: never,
  });
  assert.equal(traces[0]?.attempts['small']?.answer, 'a');
});

test('a failure is reported and leaves the question without an attempt; the others go on', async () => {
  const small = scriptedTier('small', (prompt) => prompt.includes('b'));
  const { traces, failures } = await recordRun({
    questions: [question('a'), question('b'), question('c')],
    tiers: [small.tier],
    concurrency: 1,
    journal: memoryJournal(),
    signal: never,
  });
  assert.deepEqual(failures, [{ id: 'b', tier: 'small', message: 'the server is out of order' }]);
  assert.deepEqual(
    traces.map((trace) => 'small' in trace.attempts),
    [true, false, true],
  );
});

test('a server that is gone is not asked every remaining question; the other tier is', async () => {
  const gone = scriptedTier('gone', () => true);
  const there = scriptedTier('there');
  const questions = Array.from({ length: 12 }, (_, index) => question(`q${index}`));
  const { failures } = await recordRun({
    questions,
    tiers: [gone.tier, there.tier],
    concurrency: 1,
    journal: memoryJournal(),
    signal: never,
  });
  assert.equal(gone.asked.length, 5);
  assert.equal(there.asked.length, 12);
  assert.equal(failures.length, 12);
  assert.match(failures.at(-1)?.message ?? '', /not asked: gone failed 5 times in a row/);
});

test('a reply without an answer is a failure that says so', async () => {
  const empty: RecordTier = { name: 'small', ask: async () => ({ body: {} }) };
  const { failures } = await recordRun({
    questions: [question('a')],
    tiers: [empty],
    concurrency: 1,
    journal: memoryJournal(),
    signal: never,
  });
  assert.match(failures[0]?.message ?? '', /no choices\[0\]\.message/);
});

test('an interrupted run gives back what it has, and blames no question', async () => {
  const controller = new AbortController();
  const small = scriptedTier('small');
  const { traces, failures } = await recordRun({
    questions: [question('a'), question('b')],
    tiers: [
      {
        name: 'small',
        async ask(body, signal) {
          const answer = await small.tier.ask(body, signal);
          controller.abort();
          return answer;
        },
      },
    ],
    concurrency: 1,
    journal: memoryJournal(),
    signal: controller.signal,
  });
  assert.deepEqual(failures, []);
  assert.deepEqual(
    traces.map((trace) => Object.keys(trace.attempts)),
    [['small'], []],
  );
});

test('an answer that the journal could not keep does not count', async () => {
  const full = { entries: [], append: async () => Promise.reject(new Error('no space left on device')) };
  const { traces, failures } = await recordRun({
    questions: [question('a')],
    tiers: [scriptedTier('small').tier],
    concurrency: 1,
    journal: full,
    signal: never,
  });
  assert.deepEqual(traces[0]?.attempts, {});
  assert.match(failures[0]?.message ?? '', /no space left/);
});

test('progress counts every question once, from none to all', async () => {
  const seen: [number, number][] = [];
  await recordRun({
    questions: [question('a'), question('b')],
    tiers: [scriptedTier('small').tier],
    concurrency: 1,
    journal: memoryJournal(),
    signal: never,
    progress: (done, total) => seen.push([done, total]),
  });
  assert.deepEqual(seen, [
    [0, 2],
    [1, 2],
    [2, 2],
  ]);
});

/** What a model thinks of its answers: as the prompt's entry says; nothing that can be read, or no reply at all. */
function lookingTier(thoughts: Readonly<Record<string, number | 'unread' | 'down'>>) {
  const { tier, asked } = scriptedTier('small');
  const looked: string[] = [];
  const looking: RecordTier = {
    ...tier,
    paid: {
      signals: ['pTrue', 'verbalized'],
      async ask(trace, answer, name) {
        looked.push(`${trace.id} ${answer.answer} ${name}`);
        const thought = thoughts[`${trace.id} ${name}`] ?? 0.5;
        if (thought === 'down') throw new Error('the server is out of order');
        return { costUsd: 2e-6, ...(thought === 'unread' ? {} : { value: thought }) };
      },
    },
  };
  return { tier: looking, asked, looked };
}

test('a tier is asked about its answers too, and what came is kept with its cost', async () => {
  const small = lookingTier({ 'a pTrue': 0.8, 'b verbalized': 'unread' });
  const journal = memoryJournal();
  const { traces, ...counts } = await recordRun({
    questions: [question('a'), question('b')],
    tiers: [small.tier],
    concurrency: 1,
    journal,
    signal: never,
  });
  assert.deepEqual(counts, { asked: 2, paid: 3, unread: 1, failures: [] });
  assert.deepEqual(small.looked, ['a a pTrue', 'a a verbalized', 'b b pTrue', 'b b verbalized']);
  assert.deepEqual(
    traces.map(({ attempts }) => attempts['small']?.paidSignals),
    [
      { pTrue: { value: 0.8, costUsd: 2e-6 }, verbalized: { value: 0.5, costUsd: 2e-6 } },
      { pTrue: { value: 0.5, costUsd: 2e-6 } },
    ],
  );
  assert.deepEqual(journal.written.at(-1)?.attempt, traces[1]?.attempts['small']);
});

test('an answer that is there is not asked for again, only about, and only what it lacks', async () => {
  const small = lookingTier({});
  const known = { answer: 'kept', paidSignals: { pTrue: { value: 0.1 } } };
  const { traces, ...counts } = await recordRun({
    questions: [
      question('a', { attempts: { small: known } }),
      question('without-text', { attempts: { small: { score: 1 } } }),
    ],
    tiers: [small.tier],
    concurrency: 1,
    journal: memoryJournal(),
    signal: never,
  });
  assert.deepEqual(counts, { asked: 0, paid: 1, unread: 0, failures: [] });
  assert.deepEqual([small.asked, small.looked], [[], ['a kept verbalized']]);
  assert.deepEqual(traces[0]?.attempts['small']?.paidSignals?.['pTrue'], { value: 0.1 });
});

test('where the look fails the answer is kept, and the next run looks again', async () => {
  const journal = memoryJournal();
  const run = (tier: RecordTier) =>
    recordRun({ questions: [question('a')], tiers: [tier], concurrency: 1, journal, signal: never });
  const first = await run(lookingTier({ 'a pTrue': 'down' }).tier);
  assert.deepEqual(first.failures, [{ id: 'a', tier: 'small', message: 'the server is out of order' }]);
  assert.equal(first.traces[0]?.attempts['small']?.answer, 'a');
  const again = lookingTier({});
  const second = await recordRun({
    questions: [question('a')],
    tiers: [again.tier],
    concurrency: 1,
    journal: memoryJournal(journal.written),
    signal: never,
  });
  assert.deepEqual([again.asked, second.paid, second.failures], [[], 2, []]);
});
