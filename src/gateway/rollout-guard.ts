import { configuredShare } from '../config/configured-share.ts';
import type { Config } from '../config/schema/schema.ts';
import { isPartial, stoppedWords } from '../routing/rollout.ts';
import type { RolloutStore } from '../store/contract/rollout-rows.ts';
import type { AlarmKind, RaiseAlarm } from '../telemetry/alarms.ts';
import type { Log } from '../telemetry/names.ts';
import type { Rollouts } from './rollouts.ts';

/** Alarms of requests that end a rollout: those that say that a tier which it puts in the way of clients does not work. */
const ENDING: ReadonlySet<AlarmKind> = new Set(['tier_failing', 'failure_budget_spent']);

export interface RolloutGuardOptions {
  raise: RaiseAlarm;
  store: Pick<RolloutStore, 'stepRollout'>;
  /** What serves now. */
  current: () => Pick<Config, 'routes'> & Pick<Rollouts, 'shares'>;
  /** Reads at once what is stated now. */
  refresh: () => Promise<void>;
  log: Log;
  now: () => number;
}

/** Raises alarms; one that says that a rollout harms its clients ends the rollout too, and says so. Learning's alarms do that themselves. */
export function guardRollouts({ raise, store, current, refresh, log, now }: RolloutGuardOptions): RaiseAlarm {
  const stopping = new Set<string>();

  async function stop(route: string, configured: number, why: string): Promise<void> {
    try {
      await store.stepRollout({ route, share: 0, configured, why, takenBy: 'weir', takenAtMs: now() });
      await refresh();
    } catch (error) {
      log.error(
        { route, error: String(error) },
        'a rollout could not be stopped; the next alarm tries again',
      );
    } finally {
      stopping.delete(route);
    }
  }

  return (alarm) => {
    const { kind, about, message: why } = alarm;
    if (!ENDING.has(kind)) return raise(alarm);
    const { routes, shares } = current();
    const [route = ''] = about.split('/');
    const share = shares.get(route) ?? 1;
    const configured = routes[route];
    if (configured === undefined || !isPartial(share)) return raise(alarm);
    raise({ ...alarm, message: `${why} ${stoppedWords({ route, tiers: configured.tiers }, share)}` });
    if (stopping.has(route)) return;
    stopping.add(route);
    void stop(route, configuredShare(configured), why);
  };
}
