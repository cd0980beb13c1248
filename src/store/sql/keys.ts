import { WeirError } from '../../errors.ts';
import type { StoreConnection } from './connection.ts';
import type { ApiKey } from '../../access/keys.ts';
import type { Store } from '../contract/store.ts';
import { API_KEY_COLUMNS, fromStored, toStored } from './tables.ts';

/** API keys, as hashes. Revoked keys stay, so that keys remain required. */
export function keyQueries({
  kysely,
  guarded,
}: StoreConnection): Pick<Store, 'createKey' | 'keys' | 'revokeKey'> {
  return {
    createKey: (key) =>
      guarded(async () => {
        await kysely.insertInto('apiKey').values(toStored<ApiKey>(API_KEY_COLUMNS, key)).execute();
      }),

    keys: () =>
      guarded(async () => {
        const rows = await kysely
          .selectFrom('apiKey')
          .selectAll()
          .orderBy('createdAtMs')
          .orderBy('id')
          .execute();
        return rows.map((row) => fromStored<ApiKey>(API_KEY_COLUMNS, row));
      }),

    revokeKey: (idOrPrefix, atMs) =>
      guarded(async () => {
        const inForce = await kysely
          .selectFrom('apiKey')
          .select('id')
          .where('revokedAtMs', 'is', null)
          .where((key) => key.or([key('id', '=', idOrPrefix), key('prefix', '=', idOrPrefix)]))
          .execute();
        const [key] = inForce;
        if (key === undefined) return false;
        if (inForce.length > 1) {
          const ids = inForce.map(({ id }) => id).join(', ');
          throw new WeirError(
            'invalid_request',
            `Several keys begin with ${idOrPrefix}. Name one by its id: ${ids}.`,
          );
        }
        await kysely.updateTable('apiKey').set({ revokedAtMs: atMs }).where('id', '=', key.id).execute();
        return true;
      }),
  };
}
