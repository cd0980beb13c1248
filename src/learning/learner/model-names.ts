/** What servers call the models that answer as a tier, so that a change of model is noticed. */
import type { AuditAttempt } from '../../store/contract/learning-rows.ts';
import type { Decision } from '../../store/contract/store.ts';

/** The model names that a tier's answers have come under, each with its fingerprint where the server gives one. */
export interface ModelNames {
  /** The newest first. */
  usual: string[];
  /** Answers under unknown names since the last one under a usual name. */
  strange: number;
  answers: number;
}

/** A server that alternates between builds has named them all within this many answers. */
const LEARNED_FROM = 100;
/** This many answers under unknown names in a row are a change, not an accident. */
const CHANGED_AFTER = 20;
/** A server with more names than this by the time they are learned gives nearly every answer a name of its own. */
const MOST_USUAL = 10;

const NONE: ModelNames = { usual: [], strange: 0, answers: 0 };

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
  { usual, strange, answers }: ModelNames = NONE,
  by: string,
): { now: ModelNames; was?: string } {
  const now = { usual, strange: 0, answers: answers + 1 };
  if (usual.includes(by)) return { now };
  const known = [by, ...usual];
  if (answers < LEARNED_FROM) return { now: { ...now, usual: known } };
  if (usual.length > MOST_USUAL) return { now };
  if (strange + 1 < CHANGED_AFTER) return { now: { ...now, strange: strange + 1 } };
  return { now: { ...now, usual: known.slice(0, MOST_USUAL) }, was: usual[0] ?? '' };
}
