import type { Store } from '../../store/contract/store.ts';
import { openStore } from '../../store/open.ts';
import { say } from './output.ts';

/** Opens a store, creates it where it is missing, and says where its tables had to be updated. @throws {WeirError} */
export function openSaying(url: string): Promise<Store> {
  return openStore(url, { onUpdated: ({ where, copy }) => say(keptWords(where, copy)) });
}

/** What became of a store whose tables were updated. */
export function keptWords(where: string, copy: string): string {
  return `The tables of ${where} were brought up to date with this version of Weir. The store as it was is kept in ${copy}.`;
}
