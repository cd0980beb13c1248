/**
 * Why a value was not judged. The first group is a property of the schema, and asking again changes nothing; the second is a
 * property of the moment.
 *
 * - `invalid_schema`: the schema, or a pattern in it, breaks the rules of JSON Schema.
 * - `remote_reference`: a `$ref` leads out of the schema; nothing is ever fetched.
 * - `reference_loop`: a `$ref` leads back to itself without going deeper into the value.
 * - `unsupported`: a dialect or a dynamic reference that cannot be followed.
 * - `too_large`: the schema, or the value, is over the limits.
 * - `late`: the verdict was not there at the deadline.
 * - `died`: the process that judged ended before it answered, out of memory for example.
 * - `overloaded`: too much is waiting, or this waited too long.
 * - `allowance_spent`: the key has used its time for this minute.
 * - `unavailable`: the process that judges cannot be started, or the judge is closed.
 */
export type NotJudgedReason =
  | 'invalid_schema'
  | 'remote_reference'
  | 'reference_loop'
  | 'unsupported'
  | 'too_large'
  | 'late'
  | 'died'
  | 'overloaded'
  | 'allowance_spent'
  | 'unavailable';

export type SchemaJudgement =
  | { readonly verdict: 'fits' | 'does_not_fit' }
  | { readonly verdict: 'not_judged'; readonly reason: NotJudgedReason };

export const FITS: SchemaJudgement = { verdict: 'fits' };
export const DOES_NOT_FIT: SchemaJudgement = { verdict: 'does_not_fit' };

export function notJudged(reason: NotJudgedReason): SchemaJudgement {
  return { verdict: 'not_judged', reason };
}

/** Thrown and caught only within this folder, when reading a schema or judging by it cannot go on. */
export class JudgingStopped extends Error {
  /** `outside`: the schema is none of those, or the value takes more steps than those, that are judged in the gateway's process. */
  readonly reason: NotJudgedReason | 'outside';

  constructor(reason: NotJudgedReason | 'outside', detail: string = reason) {
    super(detail);
    this.name = 'JudgingStopped';
    this.reason = reason;
  }
}
