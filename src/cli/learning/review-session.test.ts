import assert from 'node:assert/strict';
import { test } from 'node:test';
import { review, type ReviewCounts } from './review-session.ts';

type Item = Parameters<typeof review>[0]['items'][number];

const item = (outcomeId: string, changes: Partial<Item> = {}): Item => ({
  outcomeId,
  tenant: 'default',
  route: 'auto',
  createdAtMs: 1_700_000_000_000,
  messages: JSON.stringify([{ role: 'user', content: 'Capital of France?' }]),
  answers: [
    { tier: 'large', text: 'Paris' },
    { tier: 'small', text: 'Lyon' },
  ],
  reasons: ['The judge could not decide between right and wrong.'],
  ...changes,
});

interface Held {
  reviewed: ReviewCounts;
  verdicts: [id: string, tier: string, verdict: number][];
  said: string;
  left: string[];
}

async function hold(items: Item[], typed: string[], width = 80): Promise<Held> {
  const left = [...typed];
  const verdicts: Held['verdicts'] = [];
  const said: string[] = [];
  const reviewed = await review({
    items,
    width,
    keys: { next: () => Promise.resolve(left.shift()) },
    say: (line) => said.push(line),
    judge(outcomeId, tier, verdict) {
      verdicts.push([outcomeId, tier, verdict]);
      return Promise.resolve({ outcomeId, tier, source: 'operator', verdict } as Awaited<
        ReturnType<Parameters<typeof review>[0]['judge']>
      >);
    },
  });
  return { reviewed, verdicts, said: said.join('\n'), left };
}

test('each answer gets its verdict, by a key or its word', async () => {
  const { reviewed, verdicts } = await hold([item('a'), item('b')], ['g', 'b', 'Bad', ' good ']);
  assert.deepEqual(verdicts, [
    ['a', 'large', 1],
    ['a', 'small', 0],
    ['b', 'large', 0],
    ['b', 'small', 1],
  ]);
  assert.deepEqual(reviewed, { questions: 2, verdicts: 4, skipped: 0 });
});

test('which tier gave an answer is not told before the verdicts are', async () => {
  const { said } = await hold([item('a')], ['g', 'q']);
  assert.match(said, /Question 1 of 1 · route auto · 2023-11-14/);
  assert.match(said, /The judge could not decide/);
  assert.match(said, /Capital of France\?[^]*Answer A[^]*Paris[^]*Lyon/);
  assert.doesNotMatch(said, /small|large/);
  const { said: after } = await hold([item('a')], ['g', 'b']);
  assert.match(after, /Kept\. Answer A came from large, Answer B came from small\./);
});

test('a question half judged is not kept', async () => {
  for (const end of ['s', 'q']) {
    const { verdicts, reviewed, said } = await hold([item('a')], ['g', end]);
    assert.deepEqual(verdicts, []);
    assert.match(said, /q: quit \(this question is not kept\)/);
    assert.deepEqual([reviewed.questions, reviewed.skipped], [0, end === 's' ? 1 : 0]);
  }
});

test('skipping goes on, quitting and the end of the input do not', async () => {
  assert.deepEqual((await hold([item('a'), item('b')], ['s', 'g', 'g'])).reviewed, {
    questions: 1,
    verdicts: 2,
    skipped: 1,
  });
  assert.deepEqual((await hold([item('a'), item('b')], ['q', 'g'])).left, ['g']);
  assert.deepEqual((await hold([item('a')], [])).reviewed, { questions: 0, verdicts: 0, skipped: 0 });
});

test('anything else is asked again', async () => {
  const { verdicts, said } = await hold([item('a')], ['x', '', 'g', 'b']);
  assert.equal(verdicts.length, 2);
  assert.equal(said.match(/^g: good/gm)?.length, 2);
});

test('the same text is asked about once, for each tier that gave it', async () => {
  const answers = ['small', 'large'].map((tier) => ({ tier, text: tier === 'small' ? 'Paris\n' : 'Paris' }));
  const { verdicts, said } = await hold([item('a', { answers })], ['g']);
  assert.deepEqual(verdicts, [
    ['a', 'small', 1],
    ['a', 'large', 1],
  ]);
  assert.match(said, /Answer A came from small and large/);
});

test('what came before the question is shown in short, and nothing of it steers the terminal', async () => {
  const messages = JSON.stringify([
    { role: 'system', content: 'long '.repeat(200) },
    { role: 'system\u001b]0;owned\u0007', content: 'Be brief.' },
    { role: 'user', content: [{ type: 'text', text: 'And \u001b[31mnow?' }] },
  ]);
  const { said } = await hold([item('a', { messages })], ['q'], 2_000);
  assert.match(said, /^system: (long ){60}…$/m);
  assert.match(said, /^And now\?$/m);
  assert.ok(!said.includes('\u001b'));
});
