/** Why something that should have been recorded was not. */
export type DropReason =
  /** `capacity` rows were waiting already. */
  | 'queue_full'
  /** The store failed for longer than writes are retried. */
  | 'store_failed'
  /** The store refused this row and accepted others. */
  | 'row_refused'
  /** It came after the recorder was closed, or was not written by the deadline for closing. */
  | 'closed';

/** The part of a logger that the recorder needs; pino's loggers have it. */
export interface RecorderLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export interface DroppedRows {
  readonly total: number;
  /** Since the start; reasons that did not occur are absent. */
  byReason(): Partial<Record<DropReason, number>>;
  /** Counts rows. Returns at once, and logs later. */
  count(reason: DropReason, rows: number, error?: unknown): void;
  /** Logs at once what has not been logged yet. */
  report(): void;
}

const REPORT_EVERY_MS = 10_000;

/** Counts dropped rows and logs them: the first ones soon, later ones at most every ten seconds. */
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
      'Rows of the record were dropped: these requests were answered, but are not in the store.',
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
