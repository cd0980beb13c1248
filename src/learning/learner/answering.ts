import type { Decision } from '../../store/contract/store.ts';
import type { AuditAttempt } from '../../store/contract/learning-rows.ts';

/** Who has answered as a tier: what servers call their models, with the fingerprint where they give one. */
export interface Answering {
  /** The newest first. */
  usual: string[];
  /** Answers since the last one by any of these. */
  strange: number;
  answers: number;
}

/** Servers that name several builds by turns have named them all by then. */
const LEARNED_FROM = 100;
/** So many answers by somebody unknown, none of the usual ones between them, are a change and no accident. */
const CHANGED_AFTER = 20;
/** Who has more names than these by the time they are learned has one for each answer, or nearly: they tell of no change. */
const MOST_USUAL = 10;

const NOBODY: Answering = { usual: [], strange: 0, answers: 0 };

/** One answer: the tier, and who gave it. */
export interface Answerer {
  tier: string;
  by: string;
}

/** Of the whole answers of a request and its audit. */
export function answerersOf({ attempts, audit }: Decision): Answerer[] {
  const audited = JSON.parse(audit?.attempts ?? '[]') as AuditAttempt[];
  return [...attempts, ...audited].flatMap(({ tier, model, fingerprint, errorCode, cut }) =>
    errorCode !== undefined || cut
      ? []
      : [{ tier, by: fingerprint === undefined ? model : `${model} ${fingerprint}` }],
  );
}

/** One more answer of a tier. @returns `was` where somebody else answers from now on. */
export function observeAnswerer(
  { usual, strange, answers }: Answering = NOBODY,
  by: string,
): { now: Answering; was?: string } {
  const now = { usual, strange: 0, answers: answers + 1 };
  if (usual.includes(by)) return { now };
  const known = [by, ...usual];
  if (answers < LEARNED_FROM) return { now: { ...now, usual: known } };
  if (usual.length > MOST_USUAL) return { now };
  if (strange + 1 < CHANGED_AFTER) return { now: { ...now, strange: strange + 1 } };
  return { now: { ...now, usual: known.slice(0, MOST_USUAL) }, was: usual[0] ?? '' };
}
