import { makeTraces, policyTiers, type Making } from '../../../test/made-traces.ts';
import { createLadderTable, type LadderTable } from '../ladder-table.ts';
import { createJudgeVersion } from './judge-version.ts';
import type { Knowledge } from './freeze.ts';
import type { Settings } from './settings.ts';
import type { AuditedRow } from './state.ts';

export const TEST_TIERS = [
  { name: 'small', ability: 1.2, costUsd: 1e-4 },
  { name: 'large', ability: 2.4, costUsd: 2e-3 },
];

export function testSettings(changes: Partial<Settings> = {}): Settings {
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

/** Made up questions of two tiers, whose answers tell by a signal how likely they are right. */
export function testTable(making: Partial<Making> & Pick<Making, 'rows'>): LadderTable {
  const { tiers = TEST_TIERS } = making;
  return createLadderTable(makeTraces({ seed: 7, tiers, ...making }), policyTiers(tiers)).table;
}

/** Audits of the rows of a table in their order, a second apart; every one certifies. */
export function testAudits(count: number, changes: Partial<AuditedRow> = {}): AuditedRow[] {
  return Array.from({ length: count }, (_, row) => ({
    row,
    atMs: 1_000 * (row + 1),
    cluster: row,
    certifies: true,
    propensity: 0.05,
    ...changes,
  }));
}

/** What is known when the last of these audits has come. */
export function testKnowledge(table: LadderTable, rows: readonly AuditedRow[]): Knowledge {
  return { table, rows, judge: createJudgeVersion(table), nowMs: rows.at(-1)?.atMs ?? 0 };
}
