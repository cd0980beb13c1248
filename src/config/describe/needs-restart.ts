import { isDeepStrictEqual } from 'node:util';
import type { Issue } from '../load/problem.ts';
import type { Config } from '../schema/schema.ts';

/** What a running gateway cannot change, and why. */
const FIXED: readonly { path: readonly string[]; of: (config: Config) => unknown; why: string }[] = [
  { path: ['listen'], of: ({ listen }) => listen, why: 'the gateway is listening on it' },
  {
    path: ['store'],
    of: ({ store }) => store,
    why: 'the store is open and in use',
  },
  { path: ['recorder'], of: ({ recorder }) => recorder, why: 'its queue is in use' },
  {
    path: ['limits', 'receiveTimeout'],
    of: ({ limits }) => limits.receiveTimeout,
    why: 'open connections use it',
  },
  {
    path: ['limits', 'writeTimeout'],
    of: ({ limits }) => limits.writeTimeout,
    why: 'open connections use it',
  },
  {
    path: ['limits', 'memoryBytes'],
    of: ({ limits }) => limits.memoryBytes,
    why: 'what is held now is counted against it',
  },
  {
    path: ['limits', 'requestTimeout'],
    of: ({ limits }) => limits.requestTimeout,
    why: 'open connections use it',
  },
];

/** Finds changes that a running gateway cannot apply. */
export function needsRestart(before: Config, after: Config): Issue[] {
  return FIXED.filter(({ of }) => !isDeepStrictEqual(of(before), of(after))).map(({ path, why }) => ({
    path,
    message: `it cannot change while the gateway runs, because ${why}; restart the gateway, or undo this change`,
    at: 'key',
  }));
}
