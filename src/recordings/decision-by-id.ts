import type { Decision, Store } from '../store/contract/store.ts';

/**
 * A request by its id alone, whose tenant's it may be; without the `chatcmpl-` of the completion's id.
 * @throws {WeirError} store_unavailable
 */
export async function decisionById(
  store: Pick<Store, 'history'>,
  outcomeId: string,
): Promise<Decision | undefined> {
  // Right after what it begins with come the ids that differ in the last hexadecimal digit.
  const near = await store.history({ afterId: outcomeId.slice(0, -1), limit: 16 });
  return near.find(({ outcome }) => outcome.id === outcomeId);
}
