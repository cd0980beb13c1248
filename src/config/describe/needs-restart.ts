import { isDeepStrictEqual } from 'node:util';
import type { Issue } from '../load/problem.ts';
import type { Config } from '../schema/schema.ts';

/** What a running gateway holds on to, and why. */
const FIXED: readonly { path: readonly string[]; of: (config: Config) => unknown; why: string }[] = [
  { path: ['listen'], of: ({ listen }) => listen, why: 'the address is open' },
  {
    path: ['store'],
    of: ({ store }) => store,
    why: 'the store is open, and requests are written to it',
  },
  { path: ['recorder'], of: ({ recorder }) => recorder, why: 'the queue of what is to be written is in use' },
  {
    path: ['limits', 'receiveTimeout'],
    of: ({ limits }) => limits.receiveTimeout,
    why: 'open connections are held to it',
  },
  {
    path: ['limits', 'requestTimeout'],
    of: ({ limits }) => limits.requestTimeout,
    why: 'open connections are held to it',
  },
];

/** Differences between two configurations that a gateway cannot take while it runs. */
export function needsRestart(before: Config, after: Config): Issue[] {
  return FIXED.filter(({ of }) => !isDeepStrictEqual(of(before), of(after))).map(({ path, why }) => ({
    path,
    message: `it cannot change while the gateway runs: ${why}; restart the gateway, or undo this change`,
    at: 'key',
  }));
}
