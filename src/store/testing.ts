import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { ApiKey, AttemptRow, Label, OutcomeRow, Run } from './store.ts';

/** A folder that is gone after the test. */
export function folder(context: TestContext): string {
  const made = mkdtempSync(join(tmpdir(), 'weir-store-'));
  context.after(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

export function outcomeRow(id: string, changes: Partial<OutcomeRow> = {}): OutcomeRow {
  return {
    id,
    tenant: 'default',
    route: 'auto',
    group: 'billing',
    policyHash: '0123456789ab',
    confidenceModel: 'prior',
    decision: 'accepted',
    certified: false,
    reason: 'The confidence 0.93 reaches the threshold 0.8.',
    explanation: '{}',
    latencyMs: 12.5,
    baselineMeasured: false,
    stream: true,
    status: 200,
    requestId: `request-${id}`,
    recorded: false,
    createdAtMs: 1_700_000_000_000,
    ...changes,
  };
}

export function attemptRow(
  outcomeId: string,
  position: number,
  changes: Partial<AttemptRow> = {},
): AttemptRow {
  return {
    outcomeId,
    position,
    tier: 'small',
    model: 'qwen3:4b',
    upstream: 'local',
    signals: '{"answerProb":0.93}',
    vetoes: '[]',
    usageEstimated: false,
    latencyMs: 11.25,
    cut: false,
    served: true,
    ...changes,
  };
}

export function labelRow(outcomeId: string, changes: Partial<Label> = {}): Label {
  return {
    outcomeId,
    tier: 'small',
    source: 'user',
    verdict: 1,
    propensity: 1,
    weight: 1,
    createdAtMs: 1_700_000_001_000,
    ...changes,
  };
}

export function keyRow(id: string, changes: Partial<ApiKey> = {}): ApiKey {
  return {
    id,
    tenant: 'default',
    name: `key ${id}`,
    hash: `hash of ${id}`,
    prefix: `weir-${id}`,
    operator: false,
    createdAtMs: 1_700_000_000_000,
    ...changes,
  };
}

export function runRow(id: string, changes: Partial<Run> = {}): Run {
  return {
    id,
    pid: process.pid,
    host: 'elsewhere.example',
    capacity: 500,
    startedAtMs: 1_700_000_000_000,
    lastSeenAtMs: 1_700_000_060_000,
    writtenUpToMs: 1_700_000_059_000,
    dropped: 0,
    ...changes,
  };
}
