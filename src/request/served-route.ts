import type { ConfidenceModel } from '../routing/confidence/confidence.ts';
import type { Policy, Tier } from '../routing/policy.ts';
import type { AskedTier } from '../upstream/asked-tier.ts';
import type { Dialect } from '../upstream/dialect.ts';
import type { LearnedOfModel } from './memory/learned-of-model.ts';
import type { Upstream } from '../upstream/upstream.ts';

/** A configured model as it is called. One object a model, whichever route asks it: what a refusal teaches is learned once. */
export interface ServedModel {
  asked: AskedTier;
  dialect: Dialect;
  /** The server that is called. */
  upstream: Upstream;
  /** Its answers are recorded ones: the demonstration. */
  recorded: boolean;
  /** What it can do, as far as is known. */
  learned: LearnedOfModel;
}

/** A tier: as its policy knows it, and as its model is called. */
export interface ServedTier extends ServedModel {
  tier: Tier;
  /** Of whose answers it gives, for the record. */
  sourceHash: string;
}

/** What a request's `model` leads to. */
export interface ServedRoute {
  policy: Policy;
  hash: string;
  /** In the policy's order. */
  tiers: readonly ServedTier[];
  headerWaitMs: number;
  keepAliveMs: number;
  confidenceModel: ConfidenceModel;
  /** Name and hash, for the record. */
  confidenceModelId: string;
}
