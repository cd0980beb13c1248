import { percent } from '../../format/percent.ts';

/** How often routes serve answers that were not accepted, because their last tier failed. A sliding hour, in memory. */
export interface LastTiers {
  /** A request has ended. @param unaccepted its answer was served though it was not accepted. */
  ended(route: string, unaccepted: boolean): void;
  /** What an operator should know of it, a sentence for each route where it is too many. */
  degraded(): string[];
}

/** A larger share of an hour's requests means that the route does not do what it is for. */
const TOLERABLE_SHARE = 0.05;
const MINUTES = 60;
const MINUTE_MS = 60_000;

interface Hour {
  /** The minute up to which older ones are forgotten. */
  minute: number;
  ended: Uint32Array;
  unaccepted: Uint32Array;
}

/** @param now milliseconds that never run backwards. */
export function createLastTiers(now: () => number): LastTiers {
  const hours = new Map<string, Hour>();

  function upToDate(hour: Hour): number {
    const minute = Math.floor(now() / MINUTE_MS);
    const passed = Math.min(minute - hour.minute, MINUTES);
    for (let step = 0; step < passed; step += 1) {
      hour.ended[(minute - step) % MINUTES] = 0;
      hour.unaccepted[(minute - step) % MINUTES] = 0;
    }
    hour.minute = minute;
    return minute % MINUTES;
  }

  return {
    ended(route, unaccepted) {
      let hour = hours.get(route);
      if (hour === undefined) {
        const minute = Math.floor(now() / MINUTE_MS);
        hour = { minute, ended: new Uint32Array(MINUTES), unaccepted: new Uint32Array(MINUTES) };
        hours.set(route, hour);
      }
      const at = upToDate(hour);
      hour.ended[at] = (hour.ended[at] ?? 0) + 1;
      if (unaccepted) hour.unaccepted[at] = (hour.unaccepted[at] ?? 0) + 1;
    },
    degraded() {
      return [...hours].flatMap(([route, hour]) => {
        upToDate(hour);
        const [ended, unaccepted] = [sum(hour.ended), sum(hour.unaccepted)];
        if (unaccepted <= ended * TOLERABLE_SHARE) return [];
        return `Route '${route}' served ${percent(unaccepted / ended)} of the last hour's requests an answer that was not accepted, because its last tier failed.`;
      });
    },
  };
}

function sum(counts: Uint32Array): number {
  return counts.reduce((total, count) => total + count, 0);
}
