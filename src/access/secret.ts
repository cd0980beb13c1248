import { randomBytes } from 'node:crypto';
import { link, readFile, unlink, writeFile } from 'node:fs/promises';
import { WeirError } from '../errors.ts';
import type { KeyStore } from './keys.ts';

export interface SecretOptions {
  env: Readonly<Record<string, string | undefined>>;
  /** Where it is kept beside the database; undefined where that is in memory, or on a server. */
  secretFile: string | undefined;
  /** True where the store holds keys in force: a new secret would make them useless. */
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

/** Written aside and linked into place: nobody ever reads half of it, and the first of two makers wins. */
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
 * What the hashes of API keys, and of what audited requests ask, are keyed with: `WEIR_SECRET`, else the store's secret file, which is
 * created (mode 0600) on first need; for a database in memory, a secret that lasts as long.
 * @throws {WeirError} store_unavailable: too short, unreadable, or lost while there are keys made with it.
 */
export async function loadSecret({ env, secretFile, hasKeys }: SecretOptions): Promise<string> {
  const given = env['WEIR_SECRET'];
  if (given !== undefined && given !== '') {
    return longEnough(given, 'WEIR_SECRET', "Make one with 'openssl rand -base64 32'.");
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

/** The secret of a store, loaded on first need and then kept: in memory it would be another one each time. */
export function createSecret({
  environment,
  store,
}: {
  environment: SecretOptions['env'];
  store: Pick<KeyStore, 'keys'> & { readonly secretFile?: string };
}): () => Promise<string> {
  const hasKeys = async (): Promise<boolean> =>
    (await store.keys()).some((key) => key.revokedAtMs === undefined);
  let loaded: Promise<string> | undefined;
  return () =>
    (loaded ??= loadSecret({ env: environment, secretFile: store.secretFile, hasKeys }).catch(
      (error: unknown) => {
        loaded = undefined;
        throw error;
      },
    ));
}
