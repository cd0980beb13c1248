import { locateStore, storeExists } from '../../store/open.ts';
import type { Store } from '../../store/contract/store.ts';
import { commandLine } from '../../format/command-line.ts';
import { failed, withOpen } from './exit.ts';
import { openSaying } from './open-store.ts';

/**
 * Works on a store that must exist already, for commands that need what is in it: a wrong folder or a mistyped name must not
 * leave an empty store behind.
 * @param file the configuration's, for the command that an error names.
 * @throws {CommandError} if there is no store, or it cannot be opened.
 */
export function withExistingStore<Result>(
  url: string,
  work: (store: Store) => Promise<Result>,
  file?: string,
): Promise<Result> {
  return withOpen(async () => {
    if (await storeExists(url)) return openSaying(url);
    const { where, shared } = locateStore(url);
    throw failed(
      shared
        ? `There is no store at ${where}. ${commandLine('serve', file)} creates it; if yours is elsewhere, name its configuration with --config.`
        : 'The configuration keeps the store in memory, where only the gateway itself can read it. Set `store` to a file.',
    );
  }, work);
}
