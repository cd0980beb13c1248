import { createHash } from 'node:crypto';
import type { Coins } from './coins.ts';
import type { Judgement } from './judgement.ts';
import type { Policy } from './policy.ts';
import { ruleOf } from './rules/rules.ts';

/** How often a route's requests are audited, as chances within [0, 1]. */
export interface AuditRates {
  /** Of a certification audit, the same for every request. */
  certification: number;
  /** Of a learning audit where the decision was as close as can be. */
  close: number;
}

/** Audit rates as operators set them. */
export interface AuditSettings {
  /** Share of requests that certify. */
  auditRate: number;
  /** Share of requests that certify until the first policy is found. */
  startRate: number;
  /** Share of the closest decisions that are audited to learn from. */
  closeRate: number;
}

/** How often a route is audited: `start` until its first policy is found, `raised` after a change of its traffic, else `usual`. */
export type Auditing = 'start' | 'raised' | 'usual';

/** After a change, audits are made this many times as often. */
const RAISED = 4;

export function auditRatesOf(
  { auditRate, startRate, closeRate }: AuditSettings,
  auditing: Auditing,
): AuditRates {
  const certification = { start: startRate, raised: Math.min(1, RAISED * auditRate), usual: auditRate };
  return { certification: certification[auditing], close: closeRate };
}

/** Whether a request is audited, and the chance with which it was, by either coin: within (0, 1]. */
export interface AuditPlan {
  kind?: 'certification' | 'learning';
  propensity: number;
}

/** The least chance that a decision is audited to learn from, however clear it was. */
const LEAST_LEARNING_RATE = 0.01;
const BITS = 48;

/**
 * A coin that anybody can toss who knows the id, in [0, 1): for what no client gains by knowing. Always the same, independent of
 * the request's `u` and of its other coins.
 */
export function coinOf(purpose: string, id: string): number {
  const digest = createHash('sha256').update(`${purpose} ${id}`).digest();
  return digest.readUIntBE(0, BITS / 8) / 2 ** BITS;
}

/**
 * How close a decision was, within [0, 1]: 1 where the best two actions had the same expected cost, falling by a factor of e
 * for each cost of the last tier that lies between them. 0 where a decision weighs no costs, or had only one possible action.
 * @param callId of the answer that was served; without one, the last decision counts.
 */
export function closenessOf(
  policy: Pick<Policy, 'rule' | 'tiers'>,
  group: string,
  judgements: readonly Judgement[],
  callId: number | undefined,
): number {
  const unit = ruleOf(policy.rule).costUnit?.(policy, group);
  if (unit === undefined || unit <= 0) return 0;
  const weighed = judgements.filter(({ actions }) => actions !== undefined && actions.length > 1);
  const { actions = [] } = weighed.findLast((each) => each.callId === callId) ?? weighed.at(-1) ?? {};
  const [best, second] = actions.map(({ expectedCostUsd }) => expectedCostUsd).toSorted((a, b) => a - b);
  if (best === undefined || second === undefined) return 0;
  return Math.exp((-(second - best) * 1e9) / unit);
}

/**
 * What a request's two coins say. The certification coin does not depend on the request or its answer, so the requests that it
 * picks represent all requests. The learning coin picks close decisions more often. Where both pick a request, it certifies.
 */
export function planAudit(
  { certification, learning: other }: Pick<Coins, 'certification' | 'learning'>,
  rates: AuditRates,
  closeness: number,
): AuditPlan {
  const learning = learningRate(rates, closeness);
  const propensity = rates.certification + (1 - rates.certification) * learning;
  if (certification < rates.certification) return { kind: 'certification', propensity };
  return other < learning ? { kind: 'learning', propensity } : { propensity };
}

function learningRate({ close }: AuditRates, closeness: number): number {
  return Math.max(LEAST_LEARNING_RATE, close * closeness);
}
