/** Whether the judge calls everything good: now and then it is asked about an answer that is wrong for certain. Pure. */
import { wilsonInterval } from '../../calibration/tests/interval.ts';
import { coinOf } from '../../routing/audit-plan.ts';
import type { Decision } from '../../store/contract/store.ts';

/** Share of the audits whose answers a judge compares. */
const CONTROL_RATE = 0.1;

/** They answer next to no question, in any form that one may ask for. */
const CONTROLS: readonly string[] = [
  'The bridge was closed for repairs in the spring of 1987, and opened again a year later.',
  'Fold the egg whites into the batter, a spoonful at a time, and let it rest for an hour.',
  'Herons nest in the tall trees on the far bank, and leave for the south in October.',
];

/** An answer to this request that is wrong for certain, where its coin says that the judge is asked about one. */
export function controlAnswer(id: string): string | undefined {
  const coin = coinOf('control', id);
  return coin < CONTROL_RATE ? CONTROLS[Math.floor((coin / CONTROL_RATE) * CONTROLS.length)] : undefined;
}

/** What the judge said of answers that are wrong for certain. */
export interface JudgeControls {
  asked: number;
  /** Those of them that it called good. */
  good: number;
  /** What that says of its verdicts, and what helps; absent where they are too few, or it saw nearly all of them. */
  warning?: string;
}

/** The newest ones tell of the judge as it is. */
const MOST = 100;
const LEAST = 5;
/** A verdict of this much calls an answer neither good nor bad. */
const MIXED = 0.5;
/** A judge that is surely worse than this takes more for good that is not so plainly wrong. */
const TOLERATED = 0.1;

/** @returns undefined where it was asked about none. */
export function judgeControls(audited: readonly Decision[]): JudgeControls | undefined {
  const verdicts = audited.flatMap(({ audit }) => audit?.controlVerdict ?? []).slice(-MOST);
  if (verdicts.length === 0) return undefined;
  const [asked, good] = [verdicts.length, verdicts.filter((verdict) => verdict > MIXED).length];
  const isBlind = asked >= LEAST && wilsonInterval(good / asked, asked).lower > TOLERATED;
  return { asked, good, ...(isBlind ? { warning: WARNING } : {}) };
}

const WARNING =
  'The judge calls answers good that are wrong for certain: its verdicts say little, and a certificate that rests on them as little. Name a better judge (`learning.judge`), or use references or agreement.';
