import { randomBytes } from 'node:crypto';
import { link, readFile, unlink, writeFile } from 'node:fs/promises';
import { WeirError } from '../errors.ts';
import type { KeyStore } from './keys.ts';

export interface SecretOptions {
  env: Readonly<Record<string, string | undefined>>;
  /** The file beside the database; undefined where the database is in memory or on a server. */
  secretFile: string | undefined;
  /** Whether other processes use the same database, and so need the same secret. */
  shared: boolean;
  /** Whether the store holds keys in force, which a new secret would make useless. */
  hasKeys: () => Promise<boolean>;
}

const FEWEST_CHARACTERS = 32;

const codeOf = (error: unknown) => (error instanceof Error && 'code' in error ? error.code : undefined);

function unusable(file: string, cause: unknown): WeirError {
  const message = `The secret file ${file} cannot be used (${String(codeOf(cause))}). Give this user permission to read it, and to write in its folder, or set WEIR_SECRET.`;
  return new WeirError('store_unavailable', message, { cause });
}

async function read(file: string): Promise<string | undefined> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw unusable(file, error);
  }
}

/** Written to another file and linked into place: no reader sees half of it, and the first of two writers wins. */
async function createFile(file: string): Promise<void> {
  const aside = `${file}.${randomBytes(6).toString('hex')}`;
  try {
    await writeFile(aside, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' });
    await link(aside, file).catch((error: unknown) => {
      if (codeOf(error) !== 'EEXIST') throw error;
    });
  } catch (error) {
    throw unusable(file, error);
  } finally {
    await unlink(aside).catch(() => undefined);
  }
}

function longEnough(secret: string, origin: string, remedy: string): string {
  if (secret.length >= FEWEST_CHARACTERS) return secret;
  const message = `${origin} has fewer than ${FEWEST_CHARACTERS} characters. ${remedy}`;
  throw new WeirError('store_unavailable', message);
}

/**
 * The secret that keys the hashes of API keys and of audited conversations: `WEIR_SECRET`, else the store's secret file, which is
 * created (mode 0600) when it is first needed. A database in memory has a secret that lasts as long.
 * @throws {WeirError} store_unavailable: too short, unreadable, lost while there are keys made with it, or not given where the
 * database is on a server.
 */
export async function loadSecret({ env, secretFile, shared, hasKeys }: SecretOptions): Promise<string> {
  const given = env['WEIR_SECRET'];
  if (given !== undefined && given !== '') {
    return longEnough(given, 'WEIR_SECRET', "Make one with 'openssl rand -base64 32'.");
  }
  if (secretFile === undefined && shared) {
    const message =
      "The store is on a server, where no secret file can be kept. Set WEIR_SECRET, the same for every process; make one with 'openssl rand -base64 32'.";
    throw new WeirError('store_unavailable', message);
  }
  if (secretFile === undefined) return randomBytes(32).toString('base64url');

  const kept = await read(secretFile);
  if (kept === undefined && (await hasKeys())) {
    const message = `The store has API keys, but the secret they were made with is gone: ${secretFile} does not exist. Restore it from a backup, set WEIR_SECRET, or revoke all keys and make new ones.`;
    throw new WeirError('store_unavailable', message);
  }
  if (kept === undefined) await createFile(secretFile);
  const secret = kept ?? (await read(secretFile)) ?? '';
  return longEnough(secret, `The secret file ${secretFile}`, 'It is damaged: restore it from a backup.');
}

/** The secret of a store, loaded when it is first needed and then kept: in memory, each load makes another one. */
export function createSecret({
  environment,
  store,
}: {
  environment: SecretOptions['env'];
  store: Pick<KeyStore, 'keys'> & { readonly shared: boolean; readonly secretFile?: string };
}): () => Promise<string> {
  const hasKeys = async (): Promise<boolean> =>
    (await store.keys()).some((key) => key.revokedAtMs === undefined);
  let loaded: Promise<string> | undefined;
  return () =>
    (loaded ??= loadSecret({
      env: environment,
      secretFile: store.secretFile,
      shared: store.shared,
      hasKeys,
    }).catch((error: unknown) => {
      loaded = undefined;
      throw error;
    }));
}
