import { Worker } from 'node:worker_threads';
import type { LearningEvent } from '../../store/contract/learning-rows.ts';
import type { Log } from '../../telemetry/names.ts';
import type { LearnedRoute } from './learned-route.ts';
import { createLeaseKeeper, type HeldLease } from './lease.ts';

/** What the thread is told at its start. */
export interface LearnerData {
  /** The thread has a connection of its own. */
  storeUrl: string;
  routes: readonly LearnedRoute[];
  /** Since when they are served as they are, in milliseconds since 1970. */
  sinceMs: number;
}

/** What the thread reports when something has happened. */
export interface LearnerNews {
  events: LearningEvent[];
  /** Something else is in force than before. */
  forced: boolean;
  /** Why a route cannot learn, by route, where it was not reported before. */
  problems: [route: string, problem: string][];
}

/** A message of the thread: news, or the lease it holds from now on. Without either, it holds none any more. */
export interface LearnerMessage {
  news?: LearnerNews;
  held?: HeldLease;
}

export interface LearnerThread {
  /** Learns these routes from now on, and no others. Without routes no thread runs. */
  learn(routes: readonly LearnedRoute[]): void;
  close(): Promise<void>;
}

export interface LearnerThreadOptions {
  /** File of the thread's code. */
  source: URL;
  storeUrl: string;
  log: Log;
  onNews: (report: LearnerNews) => void;
  /** Extends a lease. @returns false where it was lost. */
  keepLease: (held: HeldLease) => Promise<boolean>;
  /** Resolves after `ms`, or at once when the signal aborts. */
  sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Milliseconds since 1970. */
  now: () => number;
}

const RESTART_AFTER_MS = [1_000, 5_000, 30_000, 120_000];
/** After a life at least this long, the next restart waits the shortest time again. */
const LIVED_MS = 600_000;

/**
 * Runs the learner in a thread of its own, so that no request waits for a fit, and restarts it when it dies. The log has
 * the cause. The lease of a dead thread expires, and then another process may continue.
 */
export function createLearnerThread({
  source,
  storeUrl,
  log,
  onNews,
  keepLease,
  sleep,
  now,
}: LearnerThreadOptions): LearnerThread {
  const leases = createLeaseKeeper({ keep: keepLease, sleep });
  let running: { stop: AbortController; ended: Promise<void> } | undefined;

  /** One life of the thread. @returns why it ended. */
  function live(of: Omit<LearnerData, 'storeUrl'>, signal: AbortSignal): Promise<unknown> {
    return new Promise((resolve) => {
      const data: LearnerData = { storeUrl, ...of };
      const worker = new Worker(source, { workerData: data });
      worker.unref();
      const stop = (): void => void worker.terminate();
      if (signal.aborted) stop();
      signal.addEventListener('abort', stop, { once: true });
      let why: unknown;
      worker.on('message', ({ news, held }: LearnerMessage) => {
        if (news === undefined) leases.hold(held);
        else onNews(news);
      });
      worker.once('error', (error) => (why = error));
      worker.once('exit', (code) => {
        signal.removeEventListener('abort', stop);
        leases.hold();
        resolve(why ?? new Error(`it ended with code ${code}`));
      });
    });
  }

  async function run(of: Omit<LearnerData, 'storeUrl'>, signal: AbortSignal): Promise<void> {
    for (let deaths = 0; !signal.aborted; deaths += 1) {
      const beganAtMs = performance.now();
      const why = await live(of, signal);
      if (signal.aborted) return;
      if (performance.now() - beganAtMs > LIVED_MS) deaths = 0;
      const waitMs = RESTART_AFTER_MS[Math.min(deaths, RESTART_AFTER_MS.length - 1)] ?? 0;
      const error = why instanceof Error ? why.message : String(why);
      log.error({ error }, `The learner's thread died. It restarts in ${waitMs / 1_000} s.`);
      await sleep(waitMs, signal);
    }
  }

  async function end(): Promise<void> {
    const before = running;
    running = undefined;
    before?.stop.abort();
    await before?.ended;
  }

  return {
    learn(routes) {
      const before = end();
      if (routes.length === 0) return;
      const stop = new AbortController();
      const of = { routes, sinceMs: now() };
      running = { stop, ended: before.then(() => run(of, stop.signal)) };
    },
    close: end,
  };
}
