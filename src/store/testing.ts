import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { sql, type Expression } from 'kysely';
import { WeirError } from '../errors.ts';
import type { Loss } from './recorder/dead-runs.ts';
import { createRecorder, type Recorder, type RecorderOptions } from './recorder/recorder.ts';
import { openStore } from './open.ts';
import type { StoreEngine } from './sql/engine.ts';
import { sqliteEngine } from './sqlite/engine.ts';
import type { ApiKey } from '../access/keys.ts';
import type { AuditRow, LearningEvent, ReferenceRow } from './contract/learning-rows.ts';
import type { AttemptRow, OutcomeRow } from './contract/outcome-rows.ts';
import type { Label, RunRow, Store } from './contract/store.ts';
import type { VersionRow } from './contract/version-rows.ts';

/** A store whose database has a clock of the test's, in milliseconds: leases end by it. */
export function openByClock(url: string, nowMs: () => number): Promise<Store> {
  const now: Expression<number> = {
    expressionType: undefined,
    toOperationNode: () => sql`cast(${nowMs()} as integer)`.toOperationNode(),
  };
  const engine: StoreEngine = {
    ...sqliteEngine,
    connect: async (each) => ({ ...(await sqliteEngine.connect(each)), now }),
  };
  return openStore(url, { engines: [engine] });
}

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
    createdAtMs: 1_700_000_001_000,
    ...changes,
  };
}

/** Of an outcome as {@link outcomeRow} makes it. */
export function auditRow(outcomeId: string, changes: Partial<AuditRow> = {}): AuditRow {
  return {
    outcomeId,
    route: 'auto',
    tenant: 'default',
    kind: 'certification',
    propensity: 0.05,
    policyHash: '0123456789ab',
    attempts: '[]',
    complete: true,
    createdAtMs: 1_700_000_000_500,
    ...changes,
  };
}

export function referenceRow(key: string, changes: Partial<ReferenceRow> = {}): ReferenceRow {
  return {
    route: 'auto',
    key,
    check: 'exact',
    reference: 'Paris',
    createdAtMs: 1_700_000_000_000,
    ...changes,
  };
}

export function learningEvent(kind: string, changes: Partial<LearningEvent> = {}): LearningEvent {
  return {
    route: 'auto',
    kind,
    message: `This is a ${kind}.`,
    details: '{}',
    createdAtMs: 1_700_000_000_000,
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

export function versionRow(hash: string, changes: Partial<VersionRow> = {}): VersionRow {
  return {
    hash,
    route: 'auto',
    objective: '{"maxQualityLoss":0.02,"certainty":0.9}',
    createdBy: 'ada',
    createdAtMs: 1_700_000_000_000,
    content: '{"format":1}',
    ...changes,
  };
}

export function runRow(id: string, changes: Partial<RunRow> = {}): RunRow {
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

interface Logged {
  fields: Record<string, unknown>;
  message: string;
}

interface Started {
  recorder: Recorder;
  store: Store;
  logged: Logged[];
  losses: Loss[];
}

/** A recorder over SQLite in memory that writes only when it is told to; `around` changes the store it sees. */
export async function startRecorder(
  context: TestContext,
  options: Partial<RecorderOptions> = {},
  around: (store: Store) => Partial<Store> = () => ({}),
): Promise<Started> {
  const store = await openStore('sqlite::memory:');
  const logged: Logged[] = [];
  const note = (fields: object, message: string) => void logged.push({ fields: { ...fields }, message });
  const losses: Loss[] = [];
  const recorder = await createRecorder({
    store: { ...store, ...around(store) },
    clock: Date.now,
    onLoss: (loss) => losses.push(loss),
    log: { warn: note, info: note },
    capacity: 100,
    batchSize: 100,
    intervalMs: 3_600_000,
    sleep: () => Promise.resolve(),
    ...options,
  });
  context.after(async () => {
    await recorder.close();
    await store.close();
  });
  return { recorder, store, logged, losses };
}

export const away = () =>
  Promise.reject(new WeirError('store_unavailable', 'The store ./weir.db cannot grow: the disk is full.'));

export const record = (recorder: Recorder, id: string) =>
  recorder.record(outcomeRow(id), [attemptRow(id, 0)]);

/** A promise and what settles it. */
export function gate() {
  return Promise.withResolvers<void>();
}
