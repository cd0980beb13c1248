import { setImmediate as nextTurn } from 'node:timers/promises';
import { v7 as newId } from 'uuid';
import { defined } from '../../defined.ts';
import { createEntryWriter, systemSleep, type Sleep } from './entry-writer.ts';
import { createAnnouncedRoom } from './announced-room.ts';
import { HEARTBEAT_MS, newRun, settleDeadRuns, type Loss } from './dead-runs.ts';
import { createDroppedRows, type DropReason, type RecorderLog } from './dropped-rows.ts';
import type { AuditRow } from '../contract/learning-rows.ts';
import { bytesOf, createPendingRows, mergeLabels, type Row } from './pending-rows.ts';
import { createStoreTrouble } from './store-trouble.ts';
import type { AttemptRow, OutcomeRow } from '../contract/outcome-rows.ts';
import type { Decision, Label, Store } from '../contract/store.ts';

/** What the rows of one transaction take in memory: the thread that writes them has a copy. */
const BATCH_BYTES = 8 * 1024 * 1024;

/** Called as it happens. Each call must return at once and not throw. */
export interface RecorderMetrics {
  written(rows: number, durationMs: number): void;
  dropped(reason: DropReason, rows: number): void;
}

/** Books bytes of rows. */
export interface RecorderMemory {
  /** @returns false where they do not fit; then nothing is booked. */
  reserve(bytes: number): boolean;
  release(bytes: number): void;
}

export interface RecorderOptions {
  /** Stays open when the recorder is closed. */
  store: Store;
  /** Milliseconds since 1970. */
  clock: () => number;
  /** Called for each dead run that is found, at the start and later. */
  onLoss: (loss: Loss) => void;
  log?: RecorderLog;
  metrics?: RecorderMetrics;
  /** The most rows held unwritten, including the batch being written; further rows are dropped. */
  capacity: number;
  /** What the rows held unwritten may take in memory; rows that do not fit are dropped. Absent: only `capacity` bounds them. */
  memory?: RecorderMemory;
  /** Rows in one transaction. */
  batchSize: number;
  /** The longest that a row waits for its batch to fill. */
  intervalMs: number;
  sleep?: Sleep;
}

/** Counts of rows: a row is a client request with its attempts, a label, or an audit with its labels. */
export interface RecorderStats {
  pending: number;
  written: number;
  /** Since the start, by reason; reasons that did not occur are absent. */
  dropped: Partial<Record<DropReason, number>>;
}

export interface Recorder {
  /** Queues a request with its attempts. Returns at once and never throws. @returns false where it was dropped. */
  record(outcome: OutcomeRow, attempts: AttemptRow[]): boolean;
  /** Queues a verdict. Returns at once and never throws. @returns false where it was dropped. */
  label(label: Label): boolean;
  /** Queues an audit with its verdicts, as one row. Returns at once and never throws. @returns false where it was dropped. */
  audit(audit: AuditRow, labels: Label[]): boolean;
  /** As {@link Store.decision}, where queued rows count as stored. */
  decision(outcomeId: string, tenant: string): Promise<Decision | undefined>;
  /** Resolves once everything recorded before the call is written or dropped. Never rejects. */
  flush(): Promise<void>;
  /** Writes the queue, drops what is left at the deadline, and ends the run. Never rejects. */
  close(deadlineMs?: number): Promise<void>;
  stats(): RecorderStats;
}

/**
 * Records without delaying requests: rows are queued, and written in batches.
 * @throws {WeirError} store_unavailable where the start of this run cannot be written.
 */
export async function createRecorder(options: RecorderOptions): Promise<Recorder> {
  const {
    store,
    clock,
    onLoss,
    log,
    metrics,
    capacity,
    memory,
    batchSize,
    intervalMs,
    sleep = systemSleep,
  } = options;
  const pending = createPendingRows();
  const dropped = createDroppedRows(log);
  const stop = new AbortController();
  let written = 0;
  let timer: NodeJS.Timeout | undefined;
  let soon: NodeJS.Immediate | undefined;
  let draining: Promise<void> | undefined;
  let closing: Promise<void> | undefined;

  const drop = (reason: DropReason, rows: number, error?: unknown) => {
    if (rows === 0) return;
    dropped.count(reason, rows, error);
    metrics?.dropped(reason, rows);
  };
  const writeEntries = createEntryWriter({
    store,
    sleep,
    stop: stop.signal,
    trouble: createStoreTrouble(log),
    onWritten: (rows, durationMs) => {
      written += rows;
      metrics?.written(rows, durationMs);
    },
    onDropped: drop,
  });

  const reportLosses = async () => {
    for (const loss of await settleDeadRuns(store, clock())) onLoss(loss);
  };
  await reportLosses();
  const room = createAnnouncedRoom(capacity);
  const run = newRun(newId(), room.announced, clock());
  await store.beginRun(run);

  async function giveSignOfLife(): Promise<void> {
    const nowMs = clock();
    const heartbeat = {
      lastSeenAtMs: nowMs,
      writtenUpToMs: pending.oldestAtMs ?? nowMs,
      dropped: dropped.total,
      capacity: room.settle(pending.size),
    };
    // A store that refuses this also refuses rows, and that is reported.
    await store.touchRun(run.id, heartbeat).catch(() => undefined);
  }

  const heartbeat = setInterval(() => {
    void giveSignOfLife()
      .then(reportLosses)
      .catch(() => undefined);
  }, HEARTBEAT_MS).unref();

  async function drainWhatWaits(): Promise<void> {
    let left = pending.waiting;
    while (left > 0 && !stop.signal.aborted) {
      const entries = pending.take(Math.min(batchSize, left), BATCH_BYTES);
      left -= entries.length;
      await writeEntries(entries);
      const bytes = pending.settle(entries);
      memory?.release(bytes);
      await nextTurn();
    }
    await giveSignOfLife();
  }

  /** One at a time: a call while rows are being written waits for those. */
  function drain(): Promise<void> {
    clearTimeout(timer);
    clearImmediate(soon);
    timer = undefined;
    soon = undefined;
    draining ??= drainWhatWaits().finally(() => {
      draining = undefined;
      schedule();
    });
    return draining;
  }

  function schedule(): void {
    if (draining !== undefined || closing !== undefined || pending.waiting === 0) return;
    if (pending.waiting >= batchSize) soon ??= setImmediate(() => void drain());
    else timer ??= setTimeout(() => void drain(), intervalMs).unref();
  }

  function accept(row: Row): boolean {
    const bytes = bytesOf(row);
    const fits = closing === undefined && pending.size < capacity && memory?.reserve(bytes) !== false;
    if (!fits) {
      drop(closing === undefined ? 'queue_full' : 'closed', 1);
      return false;
    }
    pending.add({ ...row, acceptedAtMs: clock(), bytes });
    if (room.outgrown(pending.size)) void giveSignOfLife();
    schedule();
    return true;
  }

  async function flush(): Promise<void> {
    await draining;
    await drain();
  }

  async function closeWithin(deadlineMs: number): Promise<void> {
    clearInterval(heartbeat);
    const deadline = setTimeout(() => stop.abort(), deadlineMs);
    const stopped = new Promise<void>((resolve) => stop.signal.addEventListener('abort', () => resolve()));
    await Promise.race([flush(), stopped.then(() => nextTurn())]);
    clearTimeout(deadline);
    // Rows of a write that hangs are counted too, since its end will not be seen.
    const { size, bytes } = pending.clear();
    memory?.release(bytes);
    drop('closed', size);
    await store.endRun(run.id, clock(), dropped.total).catch((error: unknown) => {
      log?.warn(
        { error: error instanceof Error ? error.message : String(error) },
        'The end of this run was not recorded.',
      );
    });
    dropped.report();
  }

  return {
    record: (outcome, attempts) => accept({ kind: 'outcome', outcome, attempts }),
    label: (label) => accept({ kind: 'label', label }),
    audit: (audit, labels) => accept({ kind: 'audit', audit, labels }),

    async decision(outcomeId, tenant) {
      // Read first, so that a row which is written meanwhile is found in the queue or in the store.
      const labels = pending.labels(outcomeId);
      const audited = pending.audit(outcomeId);
      const queued = pending.outcome(outcomeId);
      const found = queued === undefined ? await store.decision(outcomeId, tenant) : queued;
      if (found === undefined || found.outcome.tenant !== tenant) return undefined;
      const audit = found.audit ?? audited;
      return defined({ ...found, labels: mergeLabels(found.labels, labels), audit });
    },

    flush,
    close: (deadlineMs = 5_000) => (closing ??= closeWithin(deadlineMs)),
    stats: () => ({ pending: pending.size, written, dropped: dropped.byReason() }),
  };
}
