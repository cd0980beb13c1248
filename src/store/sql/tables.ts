import type { Generated } from 'kysely';
import type { ApiKey } from '../../access/keys.ts';
import type { AuditRow, JobRow, LearningEvent, ReferenceRow } from '../contract/learning-rows.ts';
import type { AttemptRow, OutcomeRow } from '../contract/outcome-rows.ts';
import type { KeptAnswerRow, KeptItemRow } from '../contract/kept-rows.ts';
import type { ServedModelRow, SourceRow } from '../contract/source-rows.ts';
import type { RolloutStep } from '../contract/rollout-rows.ts';
import type { Label, ProbeRow, RunRow } from '../contract/store.ts';
import type { VersionRow, VersionStep } from '../contract/version-rows.ts';

type Cell<Value> = Value extends boolean ? number : Value;

/** A row as the database stores it: absent fields are null, flags are 0 or 1. */
export type Stored<Row> = {
  [Field in keyof Row]-?:
    | Cell<Exclude<Row[Field], undefined>>
    | (object extends Pick<Row, Field> ? null : never);
};

/** Every field of a row, in the order of the columns. `flag` marks the booleans. */
export type Columns<Row> = Readonly<Record<keyof Row & string, 'value' | 'flag'>>;

/** A row that the database numbers: 1, 2, …, with gaps, and no number twice. */
type Numbered<Row> = Row & { number: Generated<number> };

export interface Tables {
  outcome: Stored<OutcomeRow>;
  attempt: Stored<AttemptRow>;
  label: Stored<Label>;
  apiKey: Stored<ApiKey>;
  probe: Stored<ProbeRow>;
  source: Stored<SourceRow>;
  servedModel: Stored<ServedModelRow>;
  run: Stored<RunRow> & { settledAtMs: number | null };
  version: Stored<VersionRow>;
  versionStep: Stored<VersionStep>;
  rolloutStep: Stored<RolloutStep>;
  audit: Numbered<Stored<AuditRow>>;
  reference: Stored<ReferenceRow>;
  learningEvent: Numbered<Stored<LearningEvent>>;
  job: Stored<JobRow>;
  keptAnswer: Stored<KeptAnswerRow>;
  keptItem: Stored<KeptItemRow>;
  weirMigration: { number: number; name: string; appliedAtMs: number };
}

export const OUTCOME_COLUMNS: Columns<OutcomeRow> = {
  id: 'value',
  tenant: 'value',
  route: 'value',
  group: 'value',
  policyHash: 'value',
  confidenceModel: 'value',
  decision: 'value',
  tier: 'value',
  model: 'value',
  confidence: 'value',
  gain: 'value',
  certified: 'flag',
  reason: 'value',
  explanation: 'value',
  latencyMs: 'value',
  ttftMs: 'value',
  costNanoUsd: 'value',
  baselineNanoUsd: 'value',
  baselineLeastNanoUsd: 'value',
  baselineMeasured: 'flag',
  stream: 'flag',
  status: 'value',
  errorCode: 'value',
  requestId: 'value',
  recorded: 'flag',
  prompt: 'value',
  createdAtMs: 'value',
};

export const ATTEMPT_COLUMNS: Columns<AttemptRow> = {
  outcomeId: 'value',
  position: 'value',
  about: 'value',
  tier: 'value',
  model: 'value',
  upstream: 'value',
  upstreamId: 'value',
  fingerprint: 'value',
  source: 'value',
  streamed: 'flag',
  sampling: 'value',
  signals: 'value',
  confidence: 'value',
  gain: 'value',
  vetoes: 'value',
  inputTokens: 'value',
  outputTokens: 'value',
  reasoningTokens: 'value',
  cachedInputTokens: 'value',
  cacheWriteTokens: 'value',
  cacheWriteHourTokens: 'value',
  otherTokens: 'value',
  usageEstimated: 'flag',
  costNanoUsd: 'value',
  worstNanoUsd: 'value',
  latencyMs: 'value',
  ttftMs: 'value',
  errorCode: 'value',
  errorMessage: 'value',
  cut: 'flag',
  served: 'flag',
  answer: 'value',
};

export const LABEL_COLUMNS: Columns<Label> = {
  outcomeId: 'value',
  tier: 'value',
  source: 'value',
  verdict: 'value',
  propensity: 'value',
  comment: 'value',
  correction: 'value',
  createdAtMs: 'value',
};

export const API_KEY_COLUMNS: Columns<ApiKey> = {
  id: 'value',
  tenant: 'value',
  name: 'value',
  hash: 'value',
  prefix: 'value',
  operator: 'flag',
  createdAtMs: 'value',
  revokedAtMs: 'value',
};

export const PROBE_COLUMNS: Columns<ProbeRow> = {
  upstream: 'value',
  model: 'value',
  logprobs: 'value',
  contextTokens: 'value',
  details: 'value',
  probedAtMs: 'value',
};

export const SOURCE_COLUMNS: Columns<SourceRow> = {
  hash: 'value',
  content: 'value',
  createdAtMs: 'value',
};

export const SERVED_MODEL_COLUMNS: Columns<ServedModelRow> = {
  upstream: 'value',
  model: 'value',
  server: 'value',
  details: 'value',
  readAtMs: 'value',
};

export const RUN_COLUMNS: Columns<RunRow> = {
  id: 'value',
  pid: 'value',
  host: 'value',
  capacity: 'value',
  startedAtMs: 'value',
  lastSeenAtMs: 'value',
  writtenUpToMs: 'value',
  endedAtMs: 'value',
  dropped: 'value',
};

export const VERSION_COLUMNS: Columns<VersionRow> = {
  hash: 'value',
  route: 'value',
  objective: 'value',
  certificate: 'value',
  parent: 'value',
  createdBy: 'value',
  createdAtMs: 'value',
  content: 'value',
};

export const VERSION_STEP_COLUMNS: Columns<VersionStep> = {
  route: 'value',
  number: 'value',
  action: 'value',
  version: 'value',
  replaced: 'value',
  takenBy: 'value',
  takenAtMs: 'value',
};

export const ROLLOUT_STEP_COLUMNS: Columns<RolloutStep> = {
  route: 'value',
  number: 'value',
  share: 'value',
  configured: 'value',
  why: 'value',
  takenBy: 'value',
  takenAtMs: 'value',
};

export const KEPT_ANSWER_COLUMNS: Columns<KeptAnswerRow> = {
  id: 'value',
  tenant: 'value',
  dataClass: 'value',
  conversation: 'value',
  answer: 'value',
  bytes: 'value',
  createdAtMs: 'value',
  expiresAtMs: 'value',
};

export const KEPT_ITEM_COLUMNS: Columns<KeptItemRow> = {
  tenant: 'value',
  id: 'value',
  answerId: 'value',
  item: 'value',
};

/** @returns a function that turns a row into its cells, in the order of `columns`. */
export function toCells<Row>(columns: Columns<Row>): (row: Row) => (string | number | null)[] {
  const fields = Object.keys(columns) as (keyof Row)[];
  return (row) =>
    fields.map((field) => {
      const value: unknown = row[field];
      if (typeof value === 'boolean') return value ? 1 : 0;
      // Rows hold strings, numbers and flags; the database refuses anything else.
      return (value ?? null) as string | number | null;
    });
}

/** The row as the database stores it. */
export function toStored<Row>(columns: Columns<Row>, row: Row): Stored<Row> {
  const cells = toCells(columns)(row);
  return Object.fromEntries(Object.keys(columns).map((field, index) => [field, cells[index]])) as Stored<Row>;
}

/** The row as it was: fields that are null are absent. Columns that `columns` does not name are left out. */
export function fromStored<Row>(columns: Columns<Row>, stored: Stored<Row>): Row {
  const cells = stored as Readonly<Record<string, unknown>>;
  const present = Object.entries<'value' | 'flag'>(columns).filter(([field]) => cells[field] !== null);
  return Object.fromEntries(
    present.map(([field, kind]) => [field, kind === 'flag' ? cells[field] === 1 : cells[field]]),
  ) as Row;
}
