/** What became of a route's audits of the last days. Pure. */
import type { Decision } from '../../store/contract/store.ts';
import { BELIEVED } from '../learner/audited-traces.ts';
import type { RouteHistory } from './read-route.ts';

/** Of the last seven days. */
export interface RecentAudits {
  /** Every tier answered, and somebody who is believed has judged each answer. */
  judged: number;
  /** Every tier answered, and there was nobody to judge an answer. */
  unjudged: number;
  /** Every tier answered, and whoever was asked gave no verdict on an answer. */
  noVerdict: number;
  /** Some tier gave no whole answer. */
  incomplete: number;
  /** What the newest of these says of it, in sentences; absent where there is none. */
  whyNoVerdict?: string;
  whyIncomplete?: string;
}

export const RECENT_MS = 7 * 86_400_000;

/** Whether an audit is learned from. @param tiers names of the route's. */
export function isJudged({ audit, labels }: Decision, tiers: readonly string[]): boolean {
  const judged = (tier: string): boolean =>
    labels.some((label) => label.tier === tier && BELIEVED.includes(label.source));
  return audit?.complete === true && tiers.every(judged);
}

/** @returns undefined where none was made lately. */
export function recentAudits(
  { audited }: Pick<RouteHistory, 'audited'>,
  tiers: readonly string[],
  nowMs: number,
): RecentAudits | undefined {
  const lately = audited.filter(({ outcome }) => outcome.createdAtMs > nowMs - RECENT_MS);
  if (lately.length === 0) return undefined;
  const incomplete = lately.filter(({ audit }) => audit?.complete !== true);
  const complete = lately.filter(({ audit }) => audit?.complete === true);
  const open = complete.filter((decision) => !isJudged(decision, tiers));
  // Who was asked and said nothing, the audit says so; where nobody was there to be asked, it says nothing.
  const noVerdict = open.filter(({ audit }) => audit?.problem !== undefined);
  const whyNoVerdict = noVerdict.at(-1)?.audit?.problem;
  const whyIncomplete = incomplete.at(-1)?.audit?.problem;
  return {
    judged: complete.length - open.length,
    unjudged: open.length - noVerdict.length,
    noVerdict: noVerdict.length,
    incomplete: incomplete.length,
    ...(whyNoVerdict === undefined ? {} : { whyNoVerdict }),
    ...(whyIncomplete === undefined ? {} : { whyIncomplete }),
  };
}

const JUDGES =
  'name a judge (`learning.judge`) or a kind of agreement (`learning.agreement`), or import references (`weir labels import`)';

/**
 * What keeps most of the latest audits from being labels, and what helps; undefined where most are, or none came.
 * @param nobodyJudges neither a judge nor agreement is configured. @param certifying audits that can certify.
 */
export function withoutLabel(
  audits: RecentAudits | undefined,
  { nobodyJudges, certifying }: { nobodyJudges: boolean; certifying: number },
): string | undefined {
  const { judged, noVerdict, incomplete, whyNoVerdict, whyIncomplete } = audits ?? NONE;
  // What came before somebody was named who judges says nothing of now.
  const unjudged = nobodyJudges ? (audits ?? NONE).unjudged : 0;
  if (nobodyJudges && judged + unjudged + noVerdict + incomplete === 0)
    return `Nobody judges answers but operators and references: ${JUDGES}.`;
  if (unjudged + noVerdict + incomplete <= judged)
    return nobodyJudges && certifying === 0
      ? `What operators judge is learned from and certifies nothing, for they choose what they judge: ${JUDGES}.`
      : undefined;
  const most = Math.max(unjudged, noVerdict, incomplete);
  if (most === unjudged) return `Audits come, but nobody judges them: ${JUDGES}.`;
  return most === noVerdict
    ? `Audits come, but most get no verdict. The newest such audit says: ${whyNoVerdict ?? ''} Where it is the judge that fails, see that its model answers, with one of the three words.`
    : `Audits come, but most are incomplete, for a tier did not answer. The newest such audit says: ${whyIncomplete ?? ''}`;
}

const NONE: RecentAudits = { judged: 0, unjudged: 0, noVerdict: 0, incomplete: 0 };
