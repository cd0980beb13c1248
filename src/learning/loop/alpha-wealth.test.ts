import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createChance } from '../../../test/made-traces.ts';
import {
  wealthAtNewLevel,
  wealthAfterFailure,
  levelOfNextTest,
  wealthAfterPass,
  ALPHA_WEALTH_START,
  type AlphaWealth,
} from './alpha-wealth.ts';

const LEVEL = 0.1;
const close = (a: number, b: number): boolean => Math.abs(a - b) < 1e-12;

test('failures spend their share: the k-th test has the level α/(k(k + 1))', () => {
  let wealth = ALPHA_WEALTH_START;
  for (let attempt = 1; attempt <= 20; attempt++) {
    assert.ok(close(levelOfNextTest(wealth, LEVEL), LEVEL / (attempt * (attempt + 1))));
    wealth = wealthAfterFailure(wealth);
  }
});

test('a success passes its whole level on: after k successes the next test has the level α(1 − 1/(k + 2))', () => {
  let wealth = ALPHA_WEALTH_START;
  for (let attempt = 0; attempt < 20; attempt++) {
    assert.ok(close(levelOfNextTest(wealth, LEVEL), LEVEL * (1 - 1 / (attempt + 2))));
    wealth = wealthAfterPass(wealth, LEVEL);
  }
  assert.ok(
    close(levelOfNextTest(wealthAfterFailure(wealth), LEVEL), LEVEL / (22 * 23)),
    'a failure loses all of it',
  );
});

/** How often an epoch certifies something false, with attempts that are right to pass with this chance. */
function falseCertificates(chanceOfTrue: number, power: number, seed: number): number {
  const chance = createChance(seed);
  const runs = 40_000;
  let wrong = 0;
  for (let run = 0; run < runs; run++) {
    let wealth: AlphaWealth = ALPHA_WEALTH_START;
    for (let attempt = 0; attempt < 12; attempt++) {
      const level = levelOfNextTest(wealth, LEVEL);
      const isTrue = chance.coin(chanceOfTrue);
      // Of a false claim the p-value is uniform.
      const passes = chance.coin(isTrue ? power : level);
      if (passes && !isTrue) {
        wrong += 1;
        break;
      }
      wealth = passes ? wealthAfterPass(wealth, LEVEL) : wealthAfterFailure(wealth);
    }
  }
  return wrong / runs;
}

test('at most a share α of epochs certifies something false, whatever is true and however levels are passed on', () => {
  for (const [chanceOfTrue, power] of [
    [0, 0],
    [0.5, 1],
    [0.8, 0.9],
    [0.95, 1],
  ] as const) {
    const share = falseCertificates(chanceOfTrue, power, 11);
    assert.ok(share <= LEVEL + 3 * Math.sqrt((LEVEL * (1 - LEVEL)) / 40_000), `${share} at ${chanceOfTrue}`);
  }
  assert.ok(falseCertificates(0, 0, 11) > 0.08, 'where all is false nearly all of α is used');
});

test('at another level what was spent stays spent: the next test has the same part of it as before', () => {
  const spent = wealthAfterPass(wealthAfterPass(wealthAfterFailure(ALPHA_WEALTH_START), LEVEL), LEVEL);
  for (const level of [0.01, 0.1, 0.3]) {
    const other = wealthAtNewLevel(spent, level / LEVEL);
    assert.ok(close(levelOfNextTest(other, level) / level, levelOfNextTest(spent, LEVEL) / LEVEL));
    assert.equal(other.attempts, 3);
  }
});
