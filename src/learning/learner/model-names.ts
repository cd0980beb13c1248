/** What servers call the models that answer as a tier, so that a change of model is noticed. */
import type { AuditAttempt } from '../../store/contract/learning-rows.ts';
import type { Decision } from '../../store/contract/store.ts';

/** The model names that a tier's answers have come under, each with its fingerprint where the server gives one. */
export interface ModelNames {
  /** Once they are learned; the newest change first. */
  usual: readonly string[];
  /** Before that: how many answers came under each name. */
  counts?: Readonly<Record<string, number>>;
  /** Evidence that more answers than usual come under other names than usual. */
  strange: number;
  answers: number;
}

/** A server that alternates between builds has named them all within this many answers. */
export const LEARNED_FROM = 100;
/** The names that this share of the first answers came under are usual; rarer ones, such as a trial's, are not. */
const USUAL_SHARE = 0.9;
/** This many answers under other names in a row are a change, not an accident; of a part of the traffic, more. */
const CHANGED_AFTER = 20;
/** What a usual name takes back of the evidence: while every fifth answer has another name, it does not grow. */
const TAKEN_BACK = 0.25;
/** A server with more names than this among the first answers gives nearly every answer a name of its own. */
const MOST_NAMES = 10;

const NONE: ModelNames = { usual: [], counts: {}, strange: 0, answers: 0 };

/** One answer: its tier, and the name of the model that gave it. */
export interface NamedAnswer {
  tier: string;
  by: string;
}

/** Of the whole answers of a request and of its audit. */
export function namedAnswers({ attempts, audit }: Pick<Decision, 'attempts' | 'audit'>): NamedAnswer[] {
  const audited = JSON.parse(audit?.attempts ?? '[]') as AuditAttempt[];
  return [...attempts, ...audited].flatMap(({ tier, model, fingerprint, errorCode, cut }) =>
    errorCode !== undefined || cut
      ? []
      : [{ tier, by: fingerprint === undefined ? model : `${model} ${fingerprint}` }],
  );
}

/** One more answer of a tier. @returns `was`, the former name, where the model has changed. */
export function observeModelName(
  { usual, counts, strange, answers }: ModelNames = NONE,
  by: string,
): { now: ModelNames; was?: string } {
  const now = { usual, strange: 0, answers: answers + 1 };
  if (counts !== undefined) {
    // A name more than `MOST_NAMES` is enough to know that names say nothing.
    const isCounted = Object.hasOwn(counts, by) || Object.keys(counts).length <= MOST_NAMES;
    const seen = isCounted ? { ...counts, [by]: (counts[by] ?? 0) + 1 } : counts;
    if (now.answers < LEARNED_FROM) return { now: { ...now, counts: seen } };
    return { now: { ...now, usual: usualNames(seen) } };
  }
  if (usual.length > MOST_NAMES) return { now };
  const evidence = usual.includes(by) ? Math.max(0, strange - TAKEN_BACK) : strange + 1;
  if (evidence < CHANGED_AFTER) return { now: { ...now, strange: evidence } };
  return { now: { ...now, usual: [by, ...usual].slice(0, MOST_NAMES) }, was: usual[0] ?? '' };
}

/** The most frequent first; all of them where there are too many. */
function usualNames(counts: NonNullable<ModelNames['counts']>): string[] {
  const byCount = Object.entries(counts).toSorted(([, a], [, b]) => b - a);
  if (byCount.length > MOST_NAMES) return byCount.map(([name]) => name);
  const all = byCount.reduce((sum, [, count]) => sum + count, 0);
  let before = 0;
  return byCount.flatMap(([name, count]) => {
    const isUsual = before < USUAL_SHARE * all;
    before += count;
    return isUsual ? [name] : [];
  });
}
