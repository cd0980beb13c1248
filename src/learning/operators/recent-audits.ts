/** What came of a route's audits in the last seven days. Pure. */
import { defined } from '../../defined.ts';
import { DAY_MS } from '../../format/time.ts';
import type { Decision } from '../../store/contract/store.ts';
import { fittedOnSources, howToGetVerdicts, LABEL_SOURCES } from '../labels/sources/sources.ts';

/** Counts of the last seven days. */
export interface RecentAudits {
  /** Every tier answered, and each answer has a verdict of a source that is fitted on. */
  judged: number;
  /** Every tier answered, and no source could be asked about an answer. */
  unjudged: number;
  /** Every tier answered, and a source was asked about an answer but gave no verdict. */
  noVerdict: number;
  /** Some tier gave no whole answer. */
  incomplete: number;
  /** The reason in the newest audit of this kind, in sentences; absent where there is none. */
  whyNoVerdict?: string;
  whyIncomplete?: string;
}

export const RECENT_MS = 7 * DAY_MS;

/** Whether an audit is a label: every tier answered, and each answer has a verdict to fit on. @param tiers names of the route's. */
export function isLabel(
  { audit, labels }: Pick<Decision, 'audit' | 'labels'>,
  tiers: readonly string[],
  sources = LABEL_SOURCES,
): boolean {
  const believed = fittedOnSources(sources);
  const hasVerdict = (tier: string): boolean =>
    labels.some((label) => label.tier === tier && believed.includes(label.source));
  return audit?.complete === true && tiers.every(hasVerdict);
}

/** @returns undefined where the last seven days have no audit. */
export function recentAudits(
  { audited }: { audited: readonly Decision[] },
  tiers: readonly string[],
  nowMs: number,
): RecentAudits | undefined {
  const recent = audited.filter(({ outcome }) => outcome.createdAtMs > nowMs - RECENT_MS);
  if (recent.length === 0) return undefined;
  const incomplete = recent.filter(({ audit }) => audit?.complete !== true);
  const complete = recent.filter(({ audit }) => audit?.complete === true);
  const open = complete.filter((decision) => !isLabel(decision, tiers));
  // An audit has a problem where a source was asked and gave no verdict; where no source could be asked it has none.
  const noVerdict = open.filter(({ audit }) => audit?.problem !== undefined);
  return {
    judged: complete.length - open.length,
    unjudged: open.length - noVerdict.length,
    noVerdict: noVerdict.length,
    incomplete: incomplete.length,
    ...defined({
      whyNoVerdict: noVerdict.at(-1)?.audit?.problem,
      whyIncomplete: incomplete.at(-1)?.audit?.problem,
    }),
  };
}

/**
 * Why most of the latest audits are no labels, and what to do; undefined where most are, or there were none.
 * @param nobodyJudges neither a judge nor agreement is configured. @param certifying audits that can certify.
 */
export function withoutLabel(
  audits: RecentAudits | undefined,
  { nobodyJudges, certifying }: { nobodyJudges: boolean; certifying: number },
): string | undefined {
  const { judged, noVerdict, incomplete, whyNoVerdict, whyIncomplete } = audits ?? NONE;
  // Audits from before a source was configured say nothing about now.
  const unjudged = nobodyJudges ? (audits ?? NONE).unjudged : 0;
  if (nobodyJudges && judged + unjudged + noVerdict + incomplete === 0)
    return `Only operators and references give verdicts. To get more, ${HOW_TO}.`;
  if (unjudged + noVerdict + incomplete <= judged)
    return nobodyJudges && certifying === 0
      ? `Models are fitted on operators' verdicts, but these certify nothing, because operators choose what they review. To earn certificates, ${HOW_TO}.`
      : undefined;
  const most = Math.max(unjudged, noVerdict, incomplete);
  if (most === unjudged)
    return `Requests are audited, but most audits get no verdict because there is no source for one. To get verdicts, ${HOW_TO}.`;
  return most === noVerdict
    ? `Requests are audited, but most audits get no verdict. The newest of these says: ${whyNoVerdict ?? ''} If the judge fails, check that its model answers, and answers with one of the three words.`
    : `Requests are audited, but most audits are incomplete because a tier did not answer. The newest of these says: ${whyIncomplete ?? ''}`;
}

const HOW_TO = howToGetVerdicts();
const NONE: RecentAudits = { judged: 0, unjudged: 0, noVerdict: 0, incomplete: 0 };
