import { agreesOn } from '../../traces/check.ts';

/** What must be the same in two answers for them to agree. */
export type Agreement = 'exact' | 'number' | 'set';

/** Whether two answers agree. Neither is known to be right, so the order does not matter. */
export function agree(kind: Agreement, one: string, other: string): boolean {
  return agreesOn(kind, one, other) || agreesOn(kind, other, one);
}
