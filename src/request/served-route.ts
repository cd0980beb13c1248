import { defined } from '../defined.ts';
import type { ConfidenceModel } from '../routing/confidence/confidence.ts';
import type { Policy, Tier } from '../routing/policy.ts';
import type { RequestView } from '../routing/setting.ts';
import { mayGoTo } from '../routing/tier-obstacle.ts';
import { entryOf, type ObservedFacts } from '../routing/why-not-cheaper.ts';
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
  /** Present where the last tier alone answers some conversations, or all, and the others are observed on them. */
  rollout?: Rollout;
}

/** How a route's requests are shared between its policy and its last tier alone. */
export interface Rollout {
  /** Of the conversations that the policy decides, within [0, 1). */
  share: number;
  /** What answers the others. */
  alone: ServedRoute;
  /** Whether the policy decides this conversation: always the same, and a greater share takes all that a smaller one did. */
  takes(messages: readonly unknown[]): boolean;
}

/**
 * The route that answers an observed request: the last tier alone, as if the route had no other. `undefined` where the policy
 * decides: the route serves, its share takes this conversation, or the request may not use the last tier at all (its own
 * header or a data rule says so), so that it could not be answered by it.
 */
export function observedBy(
  { policy, rollout }: ServedRoute,
  { dataClass, maxTier }: Pick<RequestView, 'dataClass' | 'maxTier'>,
  messages: readonly unknown[],
): ServedRoute | undefined {
  if (rollout === undefined || rollout.takes(messages)) return undefined;
  const last = policy.tiers.at(-1);
  const mayUse = maxTier === policy.tiers.length - 1 && mayGoTo(policy, dataClass, last?.location ?? 'cloud');
  return mayUse ? rollout.alone : undefined;
}

/** What the one tier that answers an observed request may know of it. */
export function aloneView({ narrowed: _, position: __, ...view }: RequestView): RequestView {
  return { ...view, minTier: 0, maxTier: 0 };
}

/** What the record and the explanation say of an observed request; `undefined` of any other. */
export function observedFacts({
  ladder,
  view,
}: {
  ladder?: ServedRoute;
  view: RequestView;
}): ObservedFacts | undefined {
  if (ladder?.rollout === undefined) return undefined;
  const entry = entryOf(ladder.policy, ladder.confidenceModel, view);
  return defined({ share: ladder.rollout.share, entry });
}

/** A request with all the tiers of its route: what its audit asks, and what a certificate speaks of. */
export function ladderOf({
  route,
  ladder = route,
}: {
  route: ServedRoute;
  ladder?: ServedRoute;
}): ServedRoute {
  return ladder;
}
