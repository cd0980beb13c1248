import { defined } from '../../defined.ts';
import { versionHash, type Version } from '../../routing/version.ts';
import { makeTraces, policyTiers, type Making } from '../../../test/made-traces.ts';
import { createLadderTable, type LadderTable } from '../table/ladder-table.ts';
import { createMeasureVersion } from './measure-version.ts';
import {
  acknowledgeInForce,
  observeAudit,
  observeChange,
  observeRequest,
  startLoop,
  fitOrTest,
  type LoopEvent,
  type LoopStep,
} from './loop.ts';
import type { LoopSettings } from './settings.ts';
import type { AuditedRow } from './audited-row.ts';
import type { AuditHistory, LoopState } from './state.ts';

export const TEST_TIERS = [
  { name: 'small', ability: 1.2, costUsd: 1e-4 },
  { name: 'large', ability: 2.4, costUsd: 2e-3 },
];

export function testSettings(changes: Partial<LoopSettings> = {}): LoopSettings {
  return {
    route: 'auto',
    tiers: TEST_TIERS.map(({ name }) => ({ name, model: name })),
    objective: { maxQualityLoss: 0.1, certainty: 0.9 },
    promote: 'automatic',
    source: 'test',
    scorer: 'exact match',
    runLengths: { requests: 60_000, audits: 3_000 },
    ...changes,
  };
}

/** Made-up questions for two tiers; a signal of each answer tells how likely it is right. */
export function testTable(making: Partial<Making> & Pick<Making, 'rows'>): LadderTable {
  const { tiers = TEST_TIERS } = making;
  return createLadderTable(makeTraces({ seed: 7, tiers, ...making }), policyTiers(tiers)).table;
}

/** Audits of a table's rows in order, a second apart; all of them certify. */
export function testAudits(count: number, changes: Partial<AuditedRow> = {}): AuditedRow[] {
  return Array.from({ length: count }, (_, row) => ({
    number: row + 1,
    row,
    atMs: 1_000 * (row + 1),
    cluster: row,
    certifies: true,
    propensity: 0.05,
    ...changes,
  }));
}

/** The history when the last of these audits has come. */
export function testHistory(table: LadderTable, rows: readonly AuditedRow[]): AuditHistory {
  return {
    table,
    rows,
    upTo: rows.at(-1)?.number ?? 0,
    measure: createMeasureVersion(table),
    nowMs: rows.at(-1)?.atMs ?? 0,
  };
}

/** A route whose loop is driven as the learner does it. */
export function createTestRoute(
  table: LadderTable,
  settings: LoopSettings = testSettings(),
  keep: (state: LoopState) => LoopState = (state) => state,
) {
  let state: LoopState = startLoop(0);
  let inForce: Version | undefined;
  const kept = new Map<string, Version>();
  const rows: AuditedRow[] = [];
  const events: LoopEvent[] = [];
  const known = () => testHistory(table, rows);
  const take = (step: LoopStep): LoopStep => {
    state = keep(step.state);
    for (const version of step.versions) kept.set(versionHash(version), version);
    if (step.force !== undefined) inForce = step.force ?? undefined;
    events.push(...step.events);
    return step;
  };
  return {
    events,
    rows,
    kept,
    state: () => state,
    inForce: () => inForce,
    kinds: () => events.map(({ kind }) => kind),
    audit(more: readonly AuditedRow[]): void {
      for (const row of more) {
        rows.push(row);
        take(observeAudit(settings, state, inForce, row, known()));
        const candidate = kept.get(state.candidate?.hash ?? '');
        take(fitOrTest(settings, state, defined({ candidate, inForce }), known()));
      }
    },
    request: (request: { confidence?: number; accepted: boolean; atMs: number }) =>
      take(observeRequest(settings, state, inForce, request, known().upTo)),
    change: (what: 'model' | 'price') =>
      take(observeChange(state, { what, message: `The ${what} has changed.` }, inForce, known())),
    /** The promise changes: to the one that the version in force was made for, or to `another`. */
    promise: (what?: 'another') =>
      take(
        observeChange(
          state,
          { what: 'promise', message: 'Promised anew.', levelRatio: 1 },
          what === undefined ? inForce : undefined,
          known(),
        ),
      ),
    obey(hash: string | undefined): void {
      state = acknowledgeInForce(state, hash, known(), kept.get(hash ?? ''));
      inForce = kept.get(hash ?? '');
    },
  };
}
