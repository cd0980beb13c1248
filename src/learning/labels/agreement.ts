import { agreesOn } from '../../traces/check.ts';

/** In what two answers must be the same to agree. */
export type Agreement = 'exact' | 'number' | 'set';

/** Whether two answers say the same. Neither of them is known to be right, so the order does not matter. */
export function agree(kind: Agreement, one: string, other: string): boolean {
  return agreesOn(kind, one, other) || agreesOn(kind, other, one);
}
