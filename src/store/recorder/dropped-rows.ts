/** Why something that should have been recorded was not. */
export type DropReason =
  /** As many as `capacity` waited already. */
  | 'queue_full'
  /** The store failed for longer than it is tried again. */
  | 'store_failed'
  /** The store refused this row, and took others. */
  | 'row_refused'
  /** It came after the recorder was closed, or was not written by the deadline of closing. */
  | 'closed';

/** The part of a logger that the record needs; pino's fits. */
export interface RecorderLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export interface DroppedRows {
  readonly total: number;
  /** Since the start; a reason that never arose is absent. */
  byReason(): Partial<Record<DropReason, number>>;
  /** Counts; returns at once, and logs later. */
  count(reason: DropReason, rows: number, error?: unknown): void;
  /** Logs at once what was not yet logged. */
  report(): void;
}

const REPORT_EVERY_MS = 10_000;

/** Counts what is dropped, and says so in the log: soon, and then at most once in ten seconds. */
export function createDroppedRows(log: RecorderLog | undefined): DroppedRows {
  const dropped = new Map<DropReason, number>();
  let unreported = new Map<DropReason, number>();
  let lastError: unknown;
  let timer: NodeJS.Timeout | undefined;
  let quietUntil = 0;

  const sum = (counts: ReadonlyMap<DropReason, number>) =>
    counts.values().reduce((total, rows) => total + rows, 0);

  function report(): void {
    clearTimeout(timer);
    timer = undefined;
    if (unreported.size === 0) return;
    quietUntil = performance.now() + REPORT_EVERY_MS;
    const error = lastError instanceof Error ? lastError.message : undefined;
    const fields = {
      rows: sum(unreported),
      reasons: Object.fromEntries(unreported),
      ...(error && { error }),
    };
    unreported = new Map();
    lastError = undefined;
    log?.warn(
      fields,
      'Rows of the record were dropped: these requests were answered, and are not in the store.',
    );
  }

  return {
    get total() {
      return sum(dropped);
    },
    byReason: () => Object.fromEntries(dropped),
    count(reason, rows, error) {
      dropped.set(reason, (dropped.get(reason) ?? 0) + rows);
      unreported.set(reason, (unreported.get(reason) ?? 0) + rows);
      lastError = error ?? lastError;
      timer ??= setTimeout(report, Math.max(0, quietUntil - performance.now())).unref();
    },
    report,
  };
}
