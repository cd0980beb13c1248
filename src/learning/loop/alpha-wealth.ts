import { levelOfAttempt } from '../../calibration/tests/certify.ts';

/**
 * Alpha wealth: the chance of a false certificate that the tests of an epoch may still spend. The k-th test has a share
 * α/(k(k + 1)) of its own, plus what the tests before it passed on; a test that certifies everything it was planned for
 * spends nothing. So over all tests of an epoch the chance of any false certificate is at most α: the fallback procedure
 * (Wiens & Dmitrienko 2005), online (Tian & Ramdas 2021, Statistica Sinica 31). The proof requires that what is tested, and
 * on how many rows, is fixed before these rows are seen, and that the choice of a candidate uses older rows only.
 */
export interface AlphaWealth {
  /** Tests so far. */
  attempts: number;
  /** Passed on to the next test. */
  carried: number;
}

export const ALPHA_WEALTH_START: AlphaWealth = { attempts: 0, carried: 0 };

/** The level of the next test. @param level α. */
export function levelOfNextTest({ attempts, carried }: AlphaWealth, level: number): number {
  return carried + levelOfAttempt(level, attempts + 1);
}

/** After a test that certified everything it was planned for: its level is passed on. */
export function wealthAfterPass(wealth: AlphaWealth, level: number): AlphaWealth {
  return { attempts: wealth.attempts + 1, carried: levelOfNextTest(wealth, level) };
}

/** After a test that failed somewhere: its level is spent. */
export function wealthAfterFailure({ attempts }: AlphaWealth): AlphaWealth {
  return { attempts: attempts + 1, carried: 0 };
}

/** The same part of another α: the promise has changed, and what tests have spent stays spent. @param ratio the new α over the old one. */
export function wealthAtNewLevel({ attempts, carried }: AlphaWealth, ratio: number): AlphaWealth {
  return { attempts, carried: carried * ratio };
}
