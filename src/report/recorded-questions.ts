/** Recorded questions for the tests of reports. */
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { createRandom } from '../calibration/fit/random.ts';
import { sigmoid } from '../calibration/fit/sigmoid.ts';
import type { Tier } from '../routing/policy.ts';
import type { Trace } from '../traces/trace.ts';

/** A ladder of two tiers. */
export const REPORT_TEST_TIERS: Tier[] = ['small', 'large'].map((name) => ({
  name,
  model: name,
  upstream: '',
  location: 'cloud',
}));

/** Questions whose small answer is right as often as its one signal says; with `paid`, every other one has a paid signal. */
export function makeQuestions(
  count: number,
  { paid = false, large = 0.97, seed = 11 }: { paid?: boolean; large?: number; seed?: number } = {},
): Trace[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, (_, index): Trace => {
    const answerProb = sigmoid(6 * (uniformFloat64(random) - 0.35));
    const right = uniformFloat64(random) < answerProb;
    return {
      id: `q${index}`,
      group: index % 3 === 0 ? 'even' : 'odd',
      prompt: `Question ${index}?`,
      reference: 'yes',
      attempts: {
        small: {
          answer: right ? 'yes' : 'no',
          score: right ? 1 : 0,
          costUsd: 1e-5,
          signals: { answerProb },
          ...(paid && index % 2 === 0
            ? { paidSignals: { pTrue: { value: right ? 0.9 : 0.2, costUsd: 2e-6 } } }
            : {}),
        },
        large: { answer: 'yes', score: uniformFloat64(random) < large ? 1 : 0, costUsd: 3e-4 },
      },
    };
  });
}
