import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { between } from '../../../test/numbers.ts';
import type { TokenChoice, MeasuredToken } from './measured-token.ts';
import { createTokenStatistics } from './token-statistics.ts';

function collect(tokens: readonly MeasuredToken[], prefix = ''): Record<string, number> {
  const statistics = createTokenStatistics();
  for (const token of tokens) statistics.add(token);
  const signals: Record<string, number> = {};
  statistics.write(signals, prefix);
  return signals;
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
/** The least value that a tenth of them do not exceed. */
const tenth = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.max(1, Math.ceil(0.1 * values.length)) - 1] ?? NaN;

/** The same statistics from lists of all the numbers. */
function fromLists(tokens: readonly MeasuredToken[]): Record<string, number> {
  const scored = tokens.filter(({ logprob }) => !Number.isNaN(logprob));
  const logprobs = scored.map(({ logprob }) => logprob);
  if (logprobs.length === 0) return {};
  const windows = logprobs.slice(15).map((_, from) => mean(logprobs.slice(from, from + 16)));
  const ofAll = {
    meanLogprob: mean(logprobs),
    minLogprob: Math.min(...logprobs),
    p10Logprob: tenth(logprobs),
    worstWindowLogprob: windows.length === 0 ? mean(logprobs) : Math.min(...windows),
  };
  const choices = scored.flatMap(({ choice }) => choice ?? []);
  if (choices.length === 0) return ofAll;
  const margins = choices.map(({ margin }) => margin);
  const entropies = choices.map(({ entropy }) => entropy);
  return {
    ...ofAll,
    firstMargin: margins[0] ?? NaN,
    meanMargin: mean(margins),
    minMargin: Math.min(...margins),
    p10Margin: tenth(margins),
    meanEntropy: mean(entropies),
    maxEntropy: Math.max(...entropies),
    unlikelyShare: choices.filter(({ unlikely }) => unlikely).length / choices.length,
  };
}

const choice: fc.Arbitrary<TokenChoice> = fc.record({
  margin: between(0, 20),
  entropy: between(0, 2),
  unlikely: fc.boolean(),
});
const measured = fc.record({
  logprob: fc.oneof({ weight: 9, arbitrary: between(-20, 0) }, { weight: 1, arbitrary: fc.constant(NaN) }),
  choice: fc.option(choice, { nil: undefined }),
});

test('the running statistics are those of lists of all the numbers, quantiles to half a bin', () => {
  fc.assert(
    fc.property(fc.array(measured, { size: 'max', maxLength: 60 }), (tokens) => {
      const found = collect(tokens);
      const expected = fromLists(tokens);
      assert.deepEqual(Object.keys(found), Object.keys(expected));
      for (const [name, value] of Object.entries(expected)) {
        const within = name.startsWith('p10') ? 0.025 + 1e-9 : 1e-9;
        assert.ok(Math.abs((found[name] ?? NaN) - value) <= within, `${name}: ${found[name]}, not ${value}`);
      }
    }),
    { seed: 4, numRuns: 300 },
  );
});

test('the names follow a prefix, and without a token that says something there are none', () => {
  const token = { logprob: -1, choice: { margin: 1, entropy: 0.5, unlikely: false } };
  assert.deepEqual(
    Object.keys(collect([token], 'span.')),
    Object.keys(collect([token])).map((name) => `span.${name}`),
  );
  assert.deepEqual(collect([{ ...token, logprob: NaN }]), {});
});
