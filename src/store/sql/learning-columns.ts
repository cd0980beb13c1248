import type {
  AuditRow,
  JobRow,
  LearningEvent,
  NumberedAudit,
  ReferenceRow,
} from '../contract/learning-rows.ts';
import type { Columns } from './tables.ts';

export const AUDIT_COLUMNS: Columns<AuditRow> = {
  outcomeId: 'value',
  route: 'value',
  tenant: 'value',
  kind: 'value',
  propensity: 'value',
  policyHash: 'value',
  conversation: 'value',
  attempts: 'value',
  complete: 'flag',
  costNanoUsd: 'value',
  judgeNanoUsd: 'value',
  worstNanoUsd: 'value',
  controlVerdict: 'value',
  reviewCoin: 'value',
  sameness: 'value',
  problem: 'value',
  createdAtMs: 'value',
};

export const NUMBERED_AUDIT_COLUMNS: Columns<NumberedAudit> = { number: 'value', ...AUDIT_COLUMNS };

export const REFERENCE_COLUMNS: Columns<ReferenceRow> = {
  route: 'value',
  key: 'value',
  check: 'value',
  reference: 'value',
  createdAtMs: 'value',
};

export const LEARNING_EVENT_COLUMNS: Columns<LearningEvent> = {
  route: 'value',
  kind: 'value',
  message: 'value',
  details: 'value',
  version: 'value',
  createdAtMs: 'value',
};

export const JOB_COLUMNS: Columns<JobRow> = {
  name: 'value',
  holder: 'value',
  leaseUntilMs: 'value',
  state: 'value',
};
