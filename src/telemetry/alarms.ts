/** What can be wrong. Each kind has a section in `docs/alarms.md`: what happened, what Weir did, what to do. */
export const ALARM_KINDS = {
  last_tier_failed: { title: 'The last tier of a route fails', level: 'error', quietMs: minutes(10) },
  tier_failing: {
    title: 'A tier fails, and a later one answers instead',
    level: 'warn',
    quietMs: minutes(10),
  },
  failure_budget_spent: {
    title: 'The money for failures of an hour is spent',
    level: 'error',
    quietMs: minutes(10),
  },
  key_refused: { title: "A server refuses the gateway's credentials", level: 'error' },
  upstream_down: { title: 'A server does not answer', level: 'error' },
  route_down: { title: 'No tier of a route can be asked', level: 'error' },
  rows_lost: { title: 'Rows of the record are lost', level: 'error', quietMs: minutes(10) },
  store_failing: { title: 'The store fails', level: 'error' },
  child_killed: {
    title: 'The process that judges schemas was killed',
    level: 'error',
    quietMs: minutes(60),
  },
  version_unused: { title: 'A promoted version does not apply', level: 'warn' },
  uncaught_error: { title: 'Weir has a fault', level: 'error', quietMs: minutes(60) },
  learning: { title: 'Learning noticed a change', level: 'warn', quietMs: minutes(24 * 60) },
  test: { title: 'This is a test', level: 'warn' },
} as const satisfies Record<string, AlarmKindFacts>;

export interface AlarmKindFacts {
  /** As a headline. */
  title: string;
  level: 'warn' | 'error';
  /** It is over when it has not been raised again for this long; absent where it is resolved by whoever raised it. */
  quietMs?: number;
}

export type AlarmKind = keyof typeof ALARM_KINDS;

/** Trouble that somebody should look at, as it is seen where it happens. */
export interface OperatorAlarm {
  kind: AlarmKind;
  /** What it has happened to: a route, a tier, an upstream. With `kind` it says which alarms are the same one. */
  about: string;
  /** What has happened, and what the gateway does about it, in a sentence without secrets, paths or texts of requests. */
  message: string;
}

/** Tells whoever is to know. Called wherever trouble is met, as often as it is met: repetitions are its own affair. */
export type RaiseAlarm = (alarm: OperatorAlarm) => void;

export interface Alarms {
  /** Returns at once and never throws. A message that has changed is taken over. */
  raise: RaiseAlarm;
  /** The trouble is over; nothing happens where there was none. Returns at once and never throws. */
  resolve(kind: AlarmKind, about: string): void;
  /** Those that are not over, the oldest first. */
  active(): readonly OperatorAlarm[];
}

function minutes(count: number): number {
  return count * 60_000;
}
