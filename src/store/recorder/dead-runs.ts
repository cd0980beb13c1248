import { hostname } from 'node:os';
import type { RunRow, Store } from '../contract/store.ts';

/** A run gives a sign of life at least this often, while the store accepts its writes. */
export const HEARTBEAT_MS = 5_000;
/** After this long without a sign of life a run counts as dead, wherever it runs. */
const SILENCE_MS = 6 * HEARTBEAT_MS;

/** What a run that ended without closing may have failed to write. */
export interface Loss {
  runId: string;
  /**
   * The most rows (requests with their attempts, and labels) that may be missing, besides those that a full queue dropped
   * after the run's last sign of life: they were not counted.
   */
  upperBound: number;
  /** Rows accepted earlier are all in the store, except those counted in `dropped`. */
  fromMs: number;
  /** When the run was dead at the latest: one heartbeat after its last, unless the store was failing it already. */
  toMs: number;
  /** Rows that the run knew to be lost, not counted in `upperBound`. */
  dropped: number;
}

const begunHere = new Set<string>();

/** The row of a new run of this process; not stored yet. */
export function newRun(id: string, capacity: number, nowMs: number): RunRow {
  begunHere.add(id);
  return {
    id,
    pid: process.pid,
    host: hostname(),
    capacity,
    startedAtMs: nowMs,
    lastSeenAtMs: nowMs,
    writtenUpToMs: nowMs,
    dropped: 0,
  };
}

function processLives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Another user's process exists, although it may not be signalled.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function isDead(run: RunRow, nowMs: number): boolean {
  if (begunHere.has(run.id)) return false;
  if (nowMs - run.lastSeenAtMs > SILENCE_MS) return true;
  if (run.host !== hostname()) return false;
  // After a container's restart its process has the number that the dead one had.
  return run.pid === process.pid || !processLives(run.pid);
}

/**
 * Finds the runs that died without closing, marks them as noticed, and says what each may have lost. On this machine a run is
 * dead when its process is gone. On another it is dead after 30 s without a sign of life, so that processes that share a
 * store leave each other's runs alone.
 * @throws {WeirError} store_unavailable
 */
export async function settleDeadRuns(store: Store, nowMs: number): Promise<Loss[]> {
  const losses: Loss[] = [];
  for (const run of await store.unfinishedRuns()) {
    if (!isDead(run, nowMs) || !(await store.settleRun(run.id, nowMs))) continue;
    losses.push({
      runId: run.id,
      upperBound: run.capacity,
      fromMs: run.writtenUpToMs,
      toMs: Math.min(nowMs, run.lastSeenAtMs + HEARTBEAT_MS),
      dropped: run.dropped,
    });
  }
  return losses;
}
