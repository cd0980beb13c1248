import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { between } from '../../../test/numbers.ts';
import { measureToken, type ScoredToken } from './measured-token.ts';
import { createAnswerSignals } from './read-signals.ts';
import { SIGNALS, signalsOf } from './signals.ts';
import { createTokenSignals } from './token-signals.ts';

const close = (actual: number | undefined, expected: number, within = 1e-9): void =>
  assert.ok(actual !== undefined && Math.abs(actual - expected) <= within, `${actual} is not ${expected}`);

/** Signals of tokens that are added one by one. */
function collector(): { add(token: ScoredToken): void; signals(): Readonly<Record<string, number>> } {
  const { add, write } = createTokenSignals();
  return {
    add: (token) => add(token, measureToken(token)),
    signals() {
      const written: Record<string, number> = {};
      write(written);
      return written;
    },
  };
}

function collect(tokens: readonly ScoredToken[]): Readonly<Record<string, number>> {
  const collected = collector();
  for (const token of tokens) collected.add(token);
  return collected.signals();
}

const textSignals = (text: string | undefined, outputTokens: number | undefined) =>
  createAnswerSignals().finish(text, outputTokens);

const plain = (token: string, logprob: number): ScoredToken => ({ token, logprob });

const anyToken = fc.record({
  token: fc.string({ maxLength: 6 }),
  logprob: between(-30, 0),
  top_logprobs: fc.array(
    fc.record({
      token: fc.string({ maxLength: 3 }),
      logprob: between(-30, -1.7),
    }),
    { maxLength: 5 },
  ),
});

test('no token gives no signal', () => {
  assert.deepEqual(collect([]), {});
});

test('mean, lowest and worst window are those of the log-probabilities', () => {
  const signals = collect([plain('a', -0.5), plain('b', -1.5), plain('c', -1)]);
  close(signals['meanLogprob'], -1);
  close(signals['minLogprob'], -1.5);
  close(signals['worstWindowLogprob'], -1);
  assert.equal(signals['scoredTokens'], 3);
});

test('the worst window of sixteen is found wherever it lies', () => {
  const logprobs = Array.from({ length: 64 }, (_, index) => (index >= 20 && index < 36 ? -2 : -0.1));
  close(collect(logprobs.map((logprob) => plain('x', logprob)))['worstWindowLogprob'], -2);
});

test('the tenth percentile is within half a bin of the sorted one', () => {
  fc.assert(
    fc.property(fc.array(between(-19, 0), { minLength: 1, maxLength: 200 }), (logprobs) => {
      const sorted = logprobs.toSorted((a, b) => a - b);
      const expected = sorted[Math.max(1, Math.ceil(0.1 * sorted.length)) - 1] ?? Number.NaN;
      close(collect(logprobs.map((logprob) => plain('x', logprob)))['p10Logprob'], expected, 0.026);
    }),
    { seed: 1 },
  );
});

test('margins and entropies come from the alternatives, in any order', () => {
  const alternatives = [
    { token: 'a', logprob: Math.log(0.6) },
    { token: 'b', logprob: Math.log(0.3) },
  ];
  const token = { token: 'a', logprob: Math.log(0.6) };
  const signals = collect([{ ...token, top_logprobs: alternatives }]);
  close(signals['firstMargin'], Math.log(2));
  close(signals['meanMargin'], Math.log(2));
  const entropy = -(0.6 * Math.log(0.6) + 0.3 * Math.log(0.3) + 0.1 * Math.log(0.1));
  close(signals['meanEntropy'], entropy, 1e-6);
  assert.equal(signals['unlikelyShare'], 0);
  assert.deepEqual(collect([{ ...token, top_logprobs: alternatives.toReversed() }]), signals);
});

test('without alternatives there are no margins, not zero ones', () => {
  assert.equal('meanMargin' in collect([plain('a', -1)]), false);
});

test('minus infinity and numbers like −9999 count as −20', () => {
  close(collect([plain('a', -9999)])['meanLogprob'], -20);
  close(collect([plain('a', -Infinity)])['meanLogprob'], -20);
});

test('a token whose log-probability is positive or no number is left out of all signals', () => {
  const good = [plain('a', -0.5), plain('b 2', -1.5)];
  const bad = [plain('c 3', 2), plain('d 4', Number.NaN), plain('e', null as unknown as number)];
  assert.deepEqual(collect([...good, ...bad]), collect(good));
  assert.deepEqual(collect(bad), {});
});

test('only what follows the last final-answer marker is the answer span', () => {
  const signals = collect([
    plain('First', -3),
    plain(' Final answer:', -1),
    plain(' 4', -2),
    plain('. Final answer:', -1),
    plain(' 5', -0.25),
  ]);
  close(signals['span.meanLogprob'], -0.25);
});

test('what a plain sentence says of its subject is the answer span, to the end of the clause', () => {
  const spanOf = (...tokens: string[]): number | undefined =>
    collect(tokens.map((token) => plain(token, token.startsWith('*') ? -0.25 : -3)))['span.meanLogprob'];
  close(spanOf('The', ' capital', ' is', '*Paris', '.'), -0.25);
  close(spanOf('The', ' capital', ' is', '*Paris', ',', ' a', ' city', '.'), -0.25);
  close(spanOf('12', ' ÷', ' 3', ' =', '*4', '.', '*5'), -0.25);
  close(spanOf('The', ' sum', ' is', ' 3', ' +', ' 4', ' =', '*7'), -0.25);
  close(spanOf('It', ' is', ' 5', '.', ' No', ',', ' it', ' is', '*6'), -0.25);
  close(spanOf('The', ' list', ' was', ' "', '*a', '*b', '"'), -0.25);
});

test('a word that only contains a link introduces nothing', () => {
  close(collect([plain('This', -1), plain(' island', -2)])['span.meanLogprob'], -1.5);
});

test('mere punctuation is no part of the answer span', () => {
  const signals = collect([plain('Paris', -0.5), plain('.', -4), plain('\n', -4), plain('', -4)]);
  close(signals['span.meanLogprob'], -0.5);
});

test('the tokens that hold a digit have statistics of their own, and without one there are none', () => {
  const signals = collect([plain('3', -0.5), plain(' apples and', -4), plain(' 4b', -1.5)]);
  close(signals['digits.meanLogprob'], -1);
  close(signals['digits.minLogprob'], -1.5);
  assert.equal('digits.meanLogprob' in collect([plain('three', -1)]), false);
});

test('thinking counts in no signal but the tokens that the server counted', () => {
  const tokens = [
    plain('<think>', -4),
    plain('Final answer:', -4),
    plain('</think>', -4),
    plain('yes', -0.5),
  ];
  const signals = createAnswerSignals();
  for (const token of tokens) signals.add(token);
  assert.deepEqual(signals.finish('<think>Final answer:</think>yes', 4), {
    ...collect([plain('yes', -0.5)]),
    answerWords: 1,
    outputTokens: 4,
  });
});

test('inside JSON only the values are the answer span', () => {
  const tokens = ['{"', 'city', '":', ' "', 'Paris', '",', ' "', 'n', '":', ' 12', '}'];
  const signals = collect(
    tokens.map((token) => plain(token, token === 'Paris' || token === ' 12' ? -0.5 : -3)),
  );
  close(signals['span.meanLogprob'], -0.5);
});

test('any tokens give finite signals within their ranges, and every prefix those of its own', () => {
  const ranges = new Map(signalsOf(SIGNALS).map(({ name, range }) => [name, range]));
  fc.assert(
    fc.property(fc.array(anyToken, { maxLength: 60 }), (tokens) => {
      const running = collector();
      tokens.forEach((token, index) => {
        running.add(token);
        const signals = running.signals();
        for (const [name, value] of Object.entries(signals)) {
          const [least, greatest] = ranges.get(name) ?? [];
          assert.ok(Number.isFinite(value));
          assert.ok(least !== undefined && greatest !== undefined, `${name} is not in the table`);
          assert.ok(value >= least && value <= greatest, `${name} is ${value}`);
        }
        if (index % 7 === 0) assert.deepEqual(signals, collect(tokens.slice(0, index + 1)));
      });
    }),
    { seed: 2, numRuns: 200 },
  );
});

test('text has its words counted, and tokens only where they are known', () => {
  assert.deepEqual(textSignals(' two  words\n', undefined), { answerWords: 2 });
  assert.deepEqual(textSignals('a\u00a0b\u3000c\td\u200be', undefined), { answerWords: 4 });
  assert.deepEqual(textSignals('', 0), { answerWords: 0, outputTokens: 0 });
});
