import type { StoreEngine } from './sql/engine.ts';
import { sqliteEngine } from './sqlite/engine.ts';

/** Every kind of database that can hold a store. A new one is a folder beside `sqlite/`, and an entry here. */
export const ENGINES: readonly StoreEngine[] = [sqliteEngine];

/** Known but not built: refused by name, not as a URL that makes no sense. */
const NOT_BUILT: readonly { name: string; schemes: readonly string[] }[] = [
  { name: 'PostgreSQL', schemes: ['postgres', 'postgresql'] },
];

/** What the URLs of a store look like, for messages: `'sqlite:' and a path, such as 'sqlite:./weir.db'`. */
export function storeForms(engines: readonly StoreEngine[] = ENGINES): string {
  return engines.map(({ form }) => form).join(', or ');
}

/**
 * The engine of a URL; or why there is none and what a URL looks like, in a sentence without its subject and full stop that
 * does not repeat the URL, which may contain a password.
 */
export function chooseEngine(
  url: string,
  engines: readonly StoreEngine[] = ENGINES,
): { engine: StoreEngine } | { problem: string } {
  const scheme = /^([a-z]+):/.exec(url)?.[1] ?? '';
  const engine = engines.find(({ schemes }) => schemes.includes(scheme));
  if (engine?.accepts(url) === true) return { engine };
  const planned = NOT_BUILT.find(({ schemes }) => schemes.includes(scheme));
  if (planned !== undefined)
    return { problem: `${planned.name} is not supported yet; use a file, such as 'sqlite:./weir.db'` };
  return { problem: `it must be ${storeForms(engines)}` };
}
