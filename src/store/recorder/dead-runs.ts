import { hostname } from 'node:os';
import type { RunRow, Store } from '../contract/store.ts';

/** A living run says so at least this often, as long as the store takes its writes. */
export const HEARTBEAT_MS = 5_000;
/** After this long without a sign of life a run counts as dead, wherever it ran. */
const SILENCE_MS = 6 * HEARTBEAT_MS;

/** What a run that ended without closing may have failed to write. */
export interface Loss {
  runId: string;
  /**
   * At most so many rows (requests with their attempts, and labels) are missing; those that a full queue dropped after the
   * run's last sign of life come on top, and nobody counted them.
   */
  upperBound: number;
  /** Rows accepted before `fromMs` are all there, but for those counted in `dropped`. */
  fromMs: number;
  /** By then the run was dead: one heartbeat after the last, unless the store was already failing it. */
  toMs: number;
  /** Rows the run itself knew to be lost, not counted in `upperBound`. */
  dropped: number;
}

const begunHere = new Set<string>();

/** @returns the row of a run of this process, not yet in any store. */
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
    // Another user's process may not be signalled, but is there.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function isDead(run: RunRow, nowMs: number): boolean {
  if (begunHere.has(run.id)) return false;
  if (nowMs - run.lastSeenAtMs > SILENCE_MS) return true;
  if (run.host !== hostname()) return false;
  // A container's restart gives its process the number that the dead one had.
  return run.pid === process.pid || !processLives(run.pid);
}

/**
 * Finds the runs that ended without closing, marks them as noticed, and says what each may have lost.
 * On this machine a run is dead when its process is gone; elsewhere, after 30 s without a sign of life,
 * so that processes that share a store leave one another alone.
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
