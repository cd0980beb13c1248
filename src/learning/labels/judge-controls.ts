/** Controls: answers that are certainly wrong, which the judge is sometimes asked about to see whether it calls everything good. Pure. */
import { defined } from '../../defined.ts';
import { wilsonInterval } from '../../calibration/tests/interval.ts';
import type { Decision } from '../../store/contract/store.ts';

/** Share of the audits in which the judge is asked about a control. */
const CONTROL_RATE = 0.1;

/** Sentences that answer hardly any question, whatever form of answer it asks for. */
const CONTROLS: readonly string[] = [
  'The bridge was closed for repairs in the spring of 1987, and opened again a year later.',
  'Fold the egg whites into the batter, a spoonful at a time, and let it rest for an hour.',
  'Herons nest in the tall trees on the far bank, and leave for the south in October.',
];

/** The control for a request, where its coin within [0, 1) says that the judge is asked about one. */
export function controlAnswer(coin: number): string | undefined {
  return coin < CONTROL_RATE ? CONTROLS[Math.floor((coin / CONTROL_RATE) * CONTROLS.length)] : undefined;
}

/** The judge's verdicts on controls. */
export interface JudgeControls {
  asked: number;
  /** Controls that it called good. */
  good: number;
  /** What this means, and what to do; absent where there were too few controls, or the judge rejected nearly all. */
  warning?: string;
}

/** Only the newest controls count, because they show the judge as it is now. */
const MOST = 100;
/** Fewer controls give no warning. */
const LEAST = 5;
/** A verdict above this calls an answer good. */
const MIXED = 0.5;
/** A judge that surely calls more controls good than this probably also accepts answers that are less plainly wrong. */
const TOLERATED = 0.1;

/** @returns undefined if the judge was asked about no control answer. */
export function judgeControls(audited: readonly Decision[]): JudgeControls | undefined {
  const verdicts = audited.flatMap(({ audit }) => audit?.controlVerdict ?? []).slice(-MOST);
  if (verdicts.length === 0) return undefined;
  const [asked, good] = [verdicts.length, verdicts.filter((verdict) => verdict > MIXED).length];
  const isBlind = asked >= LEAST && wilsonInterval(good / asked, asked).lower > TOLERATED;
  return { asked, good, ...defined({ warning: isBlind ? WARNING : undefined }) };
}

const WARNING =
  'The judge calls answers good that are certainly wrong. Its verdicts, and certificates that rest on them, mean little. Name a better judge (`learning.judge`), or use references or agreement.';
