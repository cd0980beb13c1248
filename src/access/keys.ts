import { createHmac, hash as hashOnce, randomBytes } from 'node:crypto';
import { v7 as newId } from 'uuid';
import { WeirError } from '../errors.ts';

/** A key as it is stored. */
export interface ApiKey {
  id: string;
  tenant: string;
  name: string;
  /** Keyed hash (HMAC-SHA-256, hexadecimal) of the key. The key itself is shown once and not stored. */
  hash: string;
  /** The key's first characters, to recognise it by. */
  prefix: string;
  operator: boolean;
  createdAtMs: number;
  revokedAtMs?: number;
}

/** What the keyring needs of the store. */
export interface KeyStore {
  createKey(key: ApiKey): Promise<void>;
  keys(): Promise<ApiKey[]>;
  revokeKey(idOrPrefix: string, atMs: number): Promise<boolean>;
  /** Changes whenever another process has written. */
  changeCounter(): Promise<number>;
}

/** Who sent a request. */
export interface Caller {
  keyId: string;
  tenant: string;
  /** Operators may act for all tenants, and give verdicts other than a user's. */
  operator: boolean;
}

/** A key in a list: without its hash. */
export type ListedKey = Omit<ApiKey, 'hash'>;

export interface Keyring {
  /** @returns what is stored, and the key itself, which can be shown only now. @throws {WeirError} */
  create(key: { name: string; tenant: string; operator: boolean }): Promise<ListedKey & { key: string }>;
  /**
   * @param bearer what the client sent after `Bearer `.
   * @returns undefined where that is no key in force.
   * @throws {WeirError} where there are keys and the secret cannot be read.
   */
  authenticate(bearer: string): Promise<Caller | undefined>;
  /** Whether any key was ever created, even if all are revoked. */
  required(): Promise<boolean>;
  /** @param idOrPrefix of a key in force. @returns false where none is. @throws {WeirError} */
  revoke(idOrPrefix: string): Promise<boolean>;
  /** Oldest first, revoked ones included. @throws {WeirError} store_unavailable */
  list(): Promise<ListedKey[]>;
}

export interface KeyringOptions {
  store: KeyStore;
  /** The secret of the hashes. Called once, when the first key is created or checked. */
  secret: () => Promise<string>;
  /** Milliseconds since 1970. */
  clock: () => number;
}

/** How quickly a key created or revoked by another process takes effect. */
const POLL_EVERY_MS = 1_000;
const LONGEST_NAME = 100;
/** `weir-` and 32 random bytes, base64url. */
const KEY = /^weir-[A-Za-z0-9_-]{43}$/;
const PREFIX_LENGTH = 'weir-'.length + 6;

interface State {
  anyEver: boolean;
  /** Keys in force by their hash, so that the time of a look-up reveals nothing about a key. */
  inForce: ReadonlyMap<string, Caller>;
}

function stateOf(keys: readonly ApiKey[]): State {
  const inForce = keys.filter(({ revokedAtMs }) => revokedAtMs === undefined);
  return {
    anyEver: keys.length > 0,
    inForce: new Map(
      inForce.map(({ hash, id, tenant, operator }) => [hash, { keyId: id, tenant, operator }]),
    ),
  };
}

/**
 * The API keys, held in memory and updated within a second of any change in the store. While the store fails, the keys last
 * read stay in force.
 * @throws {WeirError} store_unavailable where the keys cannot be read at the start.
 */
export async function createKeyring({ store, secret, clock }: KeyringOptions): Promise<Keyring> {
  let loadedSecret: Promise<string> | undefined;
  let counter = await store.changeCounter();
  let state = stateOf(await store.keys());
  /** This process has changed the keys, which the counter does not show. */
  let changedHere = false;
  let polledAt = clock();
  let polling = Promise.resolve();
  let pollsUnderWay = 0;

  async function hashOf(key: string): Promise<string> {
    loadedSecret ??= secret().catch((error: unknown) => {
      loadedSecret = undefined;
      throw error;
    });
    return createHmac('sha256', await loadedSecret)
      .update(key)
      .digest('hex');
  }

  /**
   * Keys in force that were sent before, by a plain hash, which takes a fifth of the time of the keyed one. The time of a
   * look-up reveals nothing about a key, and these hashes give access to no more than the keys themselves.
   */
  let recognised = new Map<string, Caller>();

  function replace(next: State): void {
    state = next;
    recognised = new Map();
  }

  async function poll(): Promise<void> {
    const reload = changedHere;
    changedHere = false;
    try {
      const now = await store.changeCounter();
      if (reload || now !== counter) replace(stateOf(await store.keys()));
      counter = now;
    } catch {
      // Known keys stay in force and no new ones are accepted; readiness reports the store.
      changedHere ||= reload;
    }
    polledAt = clock();
    pollsUnderWay -= 1;
  }

  /** One poll at a time, so that an older answer of the store never replaces a newer one. */
  function refresh(): Promise<void> {
    pollsUnderWay += 1;
    polling = polling.then(poll);
    return polling;
  }

  /** Polling continues even if the clock is set back. */
  function isDue(): boolean {
    return pollsUnderWay > 0 || Math.abs(clock() - polledAt) >= POLL_EVERY_MS;
  }

  async function upToDate(): Promise<State> {
    if (pollsUnderWay > 0) await polling;
    else if (isDue()) await refresh();
    return state;
  }

  return {
    async create({ name, tenant, operator }) {
      if (name.trim() === '' || name.length > LONGEST_NAME) {
        throw new WeirError('invalid_request', `A key's name has 1 to ${LONGEST_NAME} characters.`, {
          param: 'name',
        });
      }
      const key = `weir-${randomBytes(32).toString('base64url')}`;
      const listed = {
        id: newId(),
        tenant,
        name,
        prefix: key.slice(0, PREFIX_LENGTH),
        operator,
        createdAtMs: clock(),
      };
      await store.createKey({ ...listed, hash: await hashOf(key) });
      changedHere = true;
      await refresh();
      return { ...listed, key };
    },

    async authenticate(bearer) {
      const { inForce } = isDue() ? await upToDate() : state;
      if (inForce.size === 0 || !KEY.test(bearer)) return undefined;
      const fingerprint = hashOnce('sha256', bearer, 'base64');
      const known = recognised.get(fingerprint);
      if (known !== undefined) return known;
      const caller = inForce.get(await hashOf(bearer));
      // The keys may have changed while the secret was read.
      if (caller !== undefined && state.inForce === inForce) recognised.set(fingerprint, caller);
      return caller;
    },

    required: async () => (await upToDate()).anyEver,

    async revoke(idOrPrefix) {
      const revoked = await store.revokeKey(idOrPrefix, clock());
      changedHere = true;
      await refresh();
      return revoked;
    },

    list: async () => (await store.keys()).map(({ hash: _hash, ...listed }) => listed),
  };
}
