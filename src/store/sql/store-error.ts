import { WeirError } from '../../errors.ts';

/** Says what is wrong with the store as a whole and what to do, to follow its name; undefined where one statement failed. */
export type StoreAdvice = (error: unknown) => string | undefined;

/**
 * Turns any failure of a database into a {@link WeirError}: `store_unavailable` where the store as a whole fails and a later try
 * may succeed; `internal_error` where it refused one row or statement.
 * @param where the store as its owner knows it: a path, never a URL with a password.
 */
export function toStoreError(error: unknown, where: string, adviceOf: StoreAdvice): WeirError {
  if (error instanceof WeirError) return error;
  const advice = adviceOf(error);
  if (advice !== undefined)
    return new WeirError('store_unavailable', `The store ${where} ${advice}`, { cause: error });
  const detail = error instanceof Error ? error.message : String(error);
  return new WeirError('internal_error', `The store ${where} refused a statement: ${detail}`, {
    cause: error,
  });
}
