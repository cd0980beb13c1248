/** Trouble that somebody should look at, as it is seen where it happens. */
export interface OperatorAlarm {
  /** What has happened. Each kind has a page in `docs/operations.md`. */
  kind: AlarmKind;
  /** What it has happened to: a route, a tier, an upstream. With `kind` it says which alarms are the same one. */
  about: string;
  /** What has happened, and what the gateway does about it, in a sentence without secrets, paths or texts of requests. */
  message: string;
}

export type AlarmKind = 'tier_failing' | 'failure_budget_spent' | 'last_tier_failed';

/** Tells whoever is to know. Called wherever trouble is met, as often as it is met: repetitions are its own affair. */
export type RaiseAlarm = (alarm: OperatorAlarm) => void;
