import { ALARM_KINDS, type AlarmKind, type AlarmKindFacts, type Alarms } from '../telemetry/alarms.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Log } from '../telemetry/names.ts';
import type { AlarmNews } from './alarm-news.ts';

export interface AlarmBoardOptions {
  log: Log;
  metrics: Pick<Metrics, 'alarm'>;
  /** Milliseconds since the epoch. */
  now: () => number;
  /** Passes on what is new. Returns at once, never throws. */
  tell: (news: AlarmNews) => void;
}

export interface AlarmBoard extends Alarms {
  /** The alarms that are not over, as their receivers are told of them. */
  news(): AlarmNews[];
  /** Ends the alarms of kinds that are over when nothing has been heard of them for a while. Called now and then. */
  sweep(): void;
}

interface ActiveAlarm extends AlarmNews {
  raisedAtMs: number;
}

/** Above this many, further ones are in the log only: names of routes and tiers bound them, so it is never reached. */
const MOST_ACTIVE = 1_000;

/** Knows which alarms there are. Each is logged, counted and told once, however often it is raised, and once when it is over. */
export function createAlarmBoard({ log, metrics, now, tell }: AlarmBoardOptions): AlarmBoard {
  const active = new Map<string, ActiveAlarm>();

  function end(key: string): void {
    const alarm = active.get(key);
    if (alarm === undefined) return;
    active.delete(key);
    const { raisedAtMs: _, ...news } = alarm;
    log.info({ alarm: news.kind }, `An alarm is over: ${news.message}`);
    tell({ ...news, endedAtMs: now() });
  }

  return {
    raise({ kind, about, message }) {
      const nowMs = now();
      const known = active.get(keyOf(kind, about));
      if (known !== undefined) {
        known.raisedAtMs = nowMs;
        known.message = message;
        return;
      }
      metrics.alarm(kind);
      const { level } = ALARM_KINDS[kind];
      log[level]({ alarm: kind }, message);
      if (active.size >= MOST_ACTIVE) return;
      const news: AlarmNews = { kind, about, message, startedAtMs: nowMs };
      active.set(keyOf(kind, about), { ...news, raisedAtMs: nowMs });
      tell(news);
    },
    resolve: (kind, about) => end(keyOf(kind, about)),
    active: () => [...active.values()].map(({ kind, about, message }) => ({ kind, about, message })),
    news: () => [...active.values()].map(({ raisedAtMs: _, ...news }) => news),
    sweep() {
      const nowMs = now();
      for (const [key, { kind, raisedAtMs }] of active) {
        const { quietMs }: AlarmKindFacts = ALARM_KINDS[kind];
        // Also where the clock was set back.
        if (quietMs !== undefined && Math.abs(nowMs - raisedAtMs) >= quietMs) end(key);
      }
    },
  };
}

function keyOf(kind: AlarmKind, about: string): string {
  return `${kind} ${about}`;
}
