import { defined } from '../../defined.ts';
import type { Policy } from '../../routing/policy.ts';
import type { Decision } from '../../store/contract/store.ts';

/** What a request tells the detectors that need no labels. */
export interface ObservedRequest {
  /** Of the first tier's answer; absent where that tier was not asked, or its answer had no signals. */
  confidence?: number;
  /** The first tier's answer was served. */
  accepted: boolean;
  atMs: number;
  /** Hash of the version that decided it; absent where none did. */
  version?: string;
}

/** Decisions that the policy made; a failure made the others. */
const BY_POLICY = new Set(['accepted', 'escalated', 'direct', 'abstained']);

/** @returns undefined where the policy did not decide: the last tier alone answered, a failure decided, or the request itself excluded tiers. */
export function observedRequest(
  { outcome, attempts }: Pick<Decision, 'outcome' | 'attempts'>,
  { tiers }: Policy,
): ObservedRequest | undefined {
  const { request, observed, version } = JSON.parse(outcome.explanation) as {
    request?: { minTier?: number; maxTier?: number; cannot?: object };
    observed?: object;
    version?: string;
  };
  if (observed !== undefined) return undefined;
  const last = tiers.length - 1;
  const { minTier = 0, maxTier = last, cannot } = request ?? {};
  if (!BY_POLICY.has(outcome.decision) || minTier > 0 || maxTier < last || cannot !== undefined)
    return undefined;
  // A tier that could not have the request was skipped, like those that the request excludes.
  if (attempts.some(({ errorCode, about }) => errorCode !== undefined && about === undefined))
    return undefined;
  const first = attempts.find(({ tier, about }) => tier === tiers[0]?.name && about === undefined);
  return {
    accepted: outcome.tier === tiers[0]?.name,
    atMs: outcome.createdAtMs,
    ...defined({ confidence: first?.confidence, version }),
  };
}
