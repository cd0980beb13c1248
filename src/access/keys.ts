import { createHmac, hash as hashOnce, randomBytes } from 'node:crypto';
import { v7 as newId } from 'uuid';
import { WeirError } from '../errors.ts';

/** A key as the store keeps it. */
export interface ApiKey {
  id: string;
  tenant: string;
  name: string;
  /** Keyed hash (HMAC-SHA-256, hexadecimal) of the key; the key itself is shown once and kept nowhere. */
  hash: string;
  /** The first characters, to recognise it by. */
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
  /** Changes whenever another process wrote. */
  changeCounter(): Promise<number>;
}

/** Who a request comes from. */
export interface Caller {
  keyId: string;
  tenant: string;
  /** May do what concerns all tenants, and give verdicts that are not a user's. */
  operator: boolean;
}

/** A key as it is listed: nothing of it that could be used. */
export type ListedKey = Omit<ApiKey, 'hash'>;

export interface Keyring {
  /** @returns the key itself, to be shown this once, beside what is kept of it. @throws {WeirError} */
  create(key: { name: string; tenant: string; operator: boolean }): Promise<ListedKey & { key: string }>;
  /**
   * @param bearer what the client sent after `Bearer `.
   * @returns undefined for anything that is not a key in force.
   * @throws {WeirError} where there are keys and the secret cannot be read.
   */
  authenticate(bearer: string): Promise<Caller | undefined>;
  /** True once any key was ever made, also when all are revoked. */
  required(): Promise<boolean>;
  /** @param idOrPrefix of a key in force. @returns false where none is. @throws {WeirError} */
  revoke(idOrPrefix: string): Promise<boolean>;
  /** Oldest first, revoked ones included. @throws {WeirError} store_unavailable */
  list(): Promise<ListedKey[]>;
}

export interface KeyringOptions {
  store: KeyStore;
  /** What the hashes are keyed with; asked for once, and only when there is a key to make or to check. */
  secret: () => Promise<string>;
  /** Milliseconds since 1970. */
  clock: () => number;
}

/** So soon does a key act that another process made, or stop to act that it revoked. */
const POLL_EVERY_MS = 1_000;
const LONGEST_NAME = 100;
/** `weir-` and 32 random bytes, base64url. */
const KEY = /^weir-[A-Za-z0-9_-]{43}$/;
const PREFIX_LENGTH = 'weir-'.length + 6;

interface State {
  anyEver: boolean;
  /** Keys in force by their hash: the time a look-up takes tells nothing about the key that was sent. */
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
 * The API keys, held in memory and brought up to date within a second of any change in the store. While
 * the store fails, what was last known stays in force.
 * @throws {WeirError} store_unavailable where the keys cannot be read at the start: then nothing is known.
 */
export async function createKeyring({ store, secret, clock }: KeyringOptions): Promise<Keyring> {
  let loadedSecret: Promise<string> | undefined;
  let counter = await store.changeCounter();
  let state = stateOf(await store.keys());
  /** This process changed the keys: the counter does not show it. */
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
   * Keys that were in force when they were last sent, by a plain hash of them, which is made in a fifth of the time: the
   * time a look-up takes tells nothing about a key, and nothing here opens more than the key itself.
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
      // Nothing is forgotten and nobody new is let in; readiness reports the store.
      changedHere ||= reload;
    }
    polledAt = clock();
    pollsUnderWay -= 1;
  }

  /** One after the other: an older answer of the store never replaces a newer one. */
  function refresh(): Promise<void> {
    pollsUnderWay += 1;
    polling = polling.then(poll);
    return polling;
  }

  /** A clock that was set back must not stop the polling. */
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
