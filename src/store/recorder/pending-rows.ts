import type { AuditRow } from '../contract/learning-rows.ts';
import type { AttemptRow, OutcomeRow } from '../contract/outcome-rows.ts';
import type { Batch, Decision, Label } from '../contract/store.ts';

/** A row that waits to be written: a client request with its attempts, a label, or an audit with its labels. */
export type Entry = Row & {
  acceptedAtMs: number;
  /** What it takes in memory. */
  bytes: number;
};

/** What is recorded. */
export type Row =
  | { kind: 'outcome'; outcome: OutcomeRow; attempts: AttemptRow[] }
  | { kind: 'label'; label: Label }
  | { kind: 'audit'; audit: AuditRow; labels: Label[] };

/** Objects, numbers, the places in the queue and in its maps. */
const BYTES_A_ROW = 1_024;

/**
 * What a row takes in memory until it is written, rather too much: two bytes for each character, and as much again for the
 * copy that is written. No text keeps a longer one in memory: who cuts it out of a body copies it.
 */
export function bytesOf(row: Row): number {
  if (row.kind === 'outcome')
    return 4 * (charactersOf(row.outcome) + charactersOfAll(row.attempts)) + BYTES_A_ROW;
  if (row.kind === 'label') return 4 * charactersOf(row.label) + BYTES_A_ROW;
  return 4 * (charactersOf(row.audit) + charactersOfAll(row.labels)) + BYTES_A_ROW;
}

function charactersOfAll(rows: readonly object[]): number {
  return rows.reduce((sum: number, row) => sum + charactersOf(row), 0);
}

/** The characters of a row's texts, those of the rows within it included. */
function charactersOf(row: object): number {
  let characters = 0;
  for (const name in row) {
    // Any object can be read by the names of its members.
    const value = (row as Readonly<Record<string, unknown>>)[name];
    if (typeof value === 'string') characters += value.length;
    else if (typeof value === 'object' && value !== null) characters += charactersOf(value);
  }
  return characters;
}

export interface PendingRows {
  /** Entries that are not written yet: those that wait and those being written. */
  readonly size: number;
  /** Entries that wait. */
  readonly waiting: number;
  /** When the oldest entry that is not written yet was accepted. */
  readonly oldestAtMs: number | undefined;
  add(entry: Entry): void;
  /** The oldest waiting entries, at most `count`, and of at most `bytes` but for the first. They stay pending until they are settled. */
  take(count: number, bytes: number): Entry[];
  /** Forgets the entries that were taken last: they are written or dropped. @returns what they took; 0 where all were forgotten meanwhile. */
  settle(entries: readonly Entry[]): number;
  /** Forgets all entries. @returns how many there were, and what they took. */
  clear(): { size: number; bytes: number };
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
    take(most, mostBytes) {
      let count = 0;
      let bytes = 0;
      for (; count < most; count += 1) {
        const next = waiting[count];
        if (next === undefined || (count > 0 && bytes + next.bytes > mostBytes)) break;
        bytes += next.bytes;
      }
      const oldest = waiting.slice(0, count);
      waiting = waiting.slice(count);
      taken = oldest;
      return oldest;
    },
    settle(entries) {
      for (const entry of entries) forget(entry);
      const bytes = taken.reduce((sum, entry) => sum + entry.bytes, 0);
      taken = [];
      return bytes;
    },
    clear() {
      const size = waiting.length + taken.length;
      const bytes = [...taken, ...waiting].reduce((sum, entry) => sum + entry.bytes, 0);
      waiting = [];
      taken = [];
      outcomes.clear();
      labels.clear();
      audits.clear();
      return { size, bytes };
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
