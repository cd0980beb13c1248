import type { AuditRow } from '../contract/learning-rows.ts';
import type { AttemptRow, OutcomeRow } from '../contract/outcome-rows.ts';
import type { Batch, Decision, Label } from '../contract/store.ts';

/** A row that waits to be written: a client request with its attempts, a label, or an audit with its labels. */
export type Entry = { acceptedAtMs: number } & (
  | { kind: 'outcome'; outcome: OutcomeRow; attempts: AttemptRow[] }
  | { kind: 'label'; label: Label }
  | { kind: 'audit'; audit: AuditRow; labels: Label[] }
);

export interface PendingRows {
  /** Entries that are not written yet: those that wait and those being written. */
  readonly size: number;
  /** Entries that wait. */
  readonly waiting: number;
  /** When the oldest entry that is not written yet was accepted. */
  readonly oldestAtMs: number | undefined;
  add(entry: Entry): void;
  /** The oldest waiting entries, at most `count`. They stay pending until they are settled. */
  take(count: number): Entry[];
  /** Forgets the entries that were taken last: they are written or dropped. */
  settle(entries: readonly Entry[]): void;
  /** Forgets all entries. @returns how many there were. */
  clear(): number;
  outcome(id: string): Decision | undefined;
  /** In the order of arrival, those of audits included. */
  labels(outcomeId: string): Label[];
  audit(outcomeId: string): AuditRow | undefined;
}

/** Keeps entries in the order of arrival, and finds them by the outcome they belong to. */
export function createPendingRows(): PendingRows {
  let waiting: Entry[] = [];
  let taken: readonly Entry[] = [];
  const outcomes = new Map<string, Extract<Entry, { kind: 'outcome' }>>();
  const labels = new Map<string, Label[]>();
  const audits = new Map<string, AuditRow>();
  const labelsIn = (entry: Exclude<Entry, { kind: 'outcome' }>): Label[] =>
    entry.kind === 'label' ? [entry.label] : entry.labels;

  function forget(entry: Entry): void {
    if (entry.kind === 'outcome') {
      // A later entry of the same id may still wait.
      if (outcomes.get(entry.outcome.id) === entry) outcomes.delete(entry.outcome.id);
      return;
    }
    if (entry.kind === 'audit' && audits.get(entry.audit.outcomeId) === entry.audit)
      audits.delete(entry.audit.outcomeId);
    for (const gone of labelsIn(entry)) {
      const left = (labels.get(gone.outcomeId) ?? []).filter((label) => label !== gone);
      if (left.length === 0) labels.delete(gone.outcomeId);
      else labels.set(gone.outcomeId, left);
    }
  }

  return {
    get size() {
      return waiting.length + taken.length;
    },
    get waiting() {
      return waiting.length;
    },
    get oldestAtMs() {
      return (taken[0] ?? waiting[0])?.acceptedAtMs;
    },
    add(entry) {
      waiting.push(entry);
      if (entry.kind === 'outcome') {
        outcomes.set(entry.outcome.id, entry);
        return;
      }
      if (entry.kind === 'audit') audits.set(entry.audit.outcomeId, entry.audit);
      for (const label of labelsIn(entry))
        labels.set(label.outcomeId, [...(labels.get(label.outcomeId) ?? []), label]);
    },
    take(count) {
      const oldest = waiting.slice(0, count);
      waiting = waiting.slice(count);
      taken = oldest;
      return oldest;
    },
    settle(entries) {
      for (const entry of entries) forget(entry);
      taken = [];
    },
    clear() {
      const size = waiting.length + taken.length;
      waiting = [];
      taken = [];
      outcomes.clear();
      labels.clear();
      audits.clear();
      return size;
    },
    outcome(id) {
      const entry = outcomes.get(id);
      if (entry === undefined) return undefined;
      const attempts = entry.attempts.toSorted((one, other) => one.position - other.position);
      return { outcome: entry.outcome, attempts, labels: [] };
    },
    labels: (outcomeId) => labels.get(outcomeId) ?? [],
    audit: (outcomeId) => audits.get(outcomeId),
  };
}

export function asBatch(entries: readonly Entry[]): Batch {
  const batch: Batch = { outcomes: [], labels: [], audits: [] };
  for (const entry of entries) {
    if (entry.kind === 'outcome') batch.outcomes.push({ outcome: entry.outcome, attempts: entry.attempts });
    else if (entry.kind === 'label') batch.labels.push(entry.label);
    else {
      batch.audits.push(entry.audit);
      batch.labels.push(...entry.labels);
    }
  }
  return batch;
}

/** The latest label of each tier and source, as a store with `labels` would keep them once it is given `waiting`. */
export function mergeLabels(labels: readonly Label[], waiting: readonly Label[]): Label[] {
  const byKey = new Map<string, Label>();
  for (const label of [...labels, ...waiting]) {
    const key = `${label.source} ${label.tier}`;
    if (label.createdAtMs >= (byKey.get(key)?.createdAtMs ?? -Infinity)) byKey.set(key, label);
  }
  return [...byKey.values()];
}
