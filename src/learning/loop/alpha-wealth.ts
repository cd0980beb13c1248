import { levelOfAttempt } from '../../calibration/tests/certify.ts';

/**
 * The chance of a false certificate that an epoch's attempts may still use up. The k-th attempt has a share α/(k(k + 1))
 * of its own, and whatever attempts before it passed on: one that certifies everything it set out to has used up nothing.
 * So of all attempts of an epoch at most a share α ever certifies falsely: the fallback procedure (Wiens & Dmitrienko
 * 2005), online (Tian & Ramdas 2021, Statistica Sinica 31). It asks that what is tested, on how many rows, is fixed
 * before these rows are seen, and that what decides between candidates is older than the rows that test them.
 */
export interface AlphaWealth {
  /** Attempts so far. */
  attempts: number;
  /** Passed on to the next attempt. */
  carried: number;
}

export const ALPHA_WEALTH_START: AlphaWealth = { attempts: 0, carried: 0 };

/** The level at which the next attempt is tested. @param level α. */
export function levelOfNextTest({ attempts, carried }: AlphaWealth, level: number): number {
  return carried + levelOfAttempt(level, attempts + 1);
}

/** After an attempt that certified everything it set out to. */
export function wealthAfterPass(wealth: AlphaWealth, level: number): AlphaWealth {
  return { attempts: wealth.attempts + 1, carried: levelOfNextTest(wealth, level) };
}

/** After one that did not. */
export function wealthAfterFailure({ attempts }: AlphaWealth): AlphaWealth {
  return { attempts: attempts + 1, carried: 0 };
}

/** The same part of another α: what is promised has changed, and what attempts have used up stays so. @param ratio the new α over the old one. */
export function wealthAtNewLevel({ attempts, carried }: AlphaWealth, ratio: number): AlphaWealth {
  return { attempts, carried: carried * ratio };
}
