import type { z } from 'zod';
import type { Belief } from '../confidence/confidence.ts';
import type { Judgement } from '../judgement.ts';
import type { Answered, Setting } from '../setting.ts';
import type { Policy, RuleData } from '../policy.ts';
import type { Objective } from './objective.ts';

/** What happens next. `tier` is an index into the policy's tiers. */
export type NextAction = { do: 'accept' } | { do: 'paid' } | { do: 'ask'; tier: number };

/** Figures of a decision that stand in its record beside the reason. */
export type Details = Pick<Judgement, 'threshold' | 'actions'>;

/** What a rule decided about an answer, and why, in a sentence. */
export type Weighed = NextAction & { reason: string; details?: Details };

/** The tier that is asked first; with a reason where there was a choice. */
export interface FirstTier {
  tier: number;
  reason?: string;
  details?: Details;
}

/**
 * One way to decide whether an answer is served. Everything that is particular to it is here, so that a rule is added with
 * a file and an entry in `rules.ts`. A rule is pure: the same setting always gives the same decision.
 *
 * Its functions are handed only data of its own kind, for they are looked up by the kind that the data have.
 */
export interface PolicyRule<D extends RuleData = RuleData> {
  /** The rule's name in policies, versions and records; it never changes. */
  readonly kind: D['kind'];
  /** Its part of a route's `objective` in weir.yaml; absent where only versions bring the rule. */
  readonly configuration?: RuleConfiguration<D>;
  /** Whether its decisions use signals that are computed from log-probabilities. */
  readonly asksLogprobs: boolean;
  /** Whether it stands in for a version that still has to be put in force for the route's objective. */
  readonly awaitsVersion: boolean;
  /** Where neither a version nor an objective is involved: what decides, in words (“a fixed rule decides”). */
  readonly byHand?: string;

  /** Which tier is asked first. Absent: the first of those that may be asked. */
  chooseFirst?(setting: Setting<D>): FirstTier;
  /**
   * Serve the answer, buy its paid signals, or ask on. Asked only where a later tier may be asked, about an answer that
   * passed the checks.
   * @param belief absent where signals that the confidence model needs are missing.
   */
  weighAnswer(setting: Setting<D>, answered: Answered, belief: Belief | undefined): Weighed;
  /** What follows an answer that failed a check. It must not be accepted. Absent: the next tier is asked. */
  weighVetoed?(setting: Setting<D>, answered: Answered, belief: Belief | undefined): Weighed;
  /** After a tier failed, weigh the answer that is there (or the first tier) again. Absent: the next tier is asked. */
  readonly weighsAfterFailure?: true;
  /** Why an answer is served that no later tier can replace. Absent: because it is the last tier's. */
  finalReason?(rule: D, tier: string): string;

  /** What the route asks of its policy; absent where thresholds or rules are set by hand. */
  objective?(rule: D): Objective;
  /** How a budget moves the position at which requests are decided; `undefined` where the rule keeps no budget. */
  pace?(rule: D): Pace | undefined;
  /** A difference in expected cost that is a large one, in nano-dollars. Absent: its decisions weigh no costs. */
  costUnit?(policy: Pick<Policy<D>, 'rule' | 'tiers'>, group: string): number | undefined;
  /** The same data, with the reason why the version that was promoted does not apply. */
  withObstacle?(rule: D, why: string): D;
  /** The data without what changes no decision: what the policy's hash is made of. Absent: all of it. */
  identity?(rule: D): RuleData;

  /**
   * What the rule does, in sentences, for `weir check`; it is asked for ladders of at least two tiers.
   * @param unread why it is not known which versions are in force; absent where that is known.
   */
  describe(policy: Policy<D>, unread?: string): string[];
  /** The same in a few words, for the list of routes when a gateway starts: “by thresholds, not certified”. */
  summarize(lastTier: string): string;
}

/** How an `objective` in weir.yaml is read into a rule's data. */
export interface RuleConfiguration<D extends RuleData = RuleData> {
  /** The keys that it adds to `objective`; each schema carries its documentation. */
  readonly keys: z.ZodRawShape;
  /** An objective with one of these keys is this rule's. */
  readonly chosenBy: readonly string[];
  /** Keys that have a meaning only together with another: key → that other key. */
  readonly dependent?: Readonly<Record<string, string>>;
  /** @param objective valid by `keys`, with exactly one of `chosenBy`. */
  read(objective: Readonly<Record<string, unknown>>): D;
  /** What is wrong with an objective on a route of so many tiers; it may be anything that a file can hold. */
  problem?(
    objective: Readonly<Record<string, unknown>>,
    tiers: number,
  ): { key: string; message: string } | undefined;
  /** An objective to suggest for a route of so many tiers that has none. */
  example?(tiers: number): string;
}

/** A budget as a controller of positions on a path. */
export interface Pace {
  /** Where a policy begins that has no record yet. */
  readonly start: number;
  /** Where the next request is decided, after one at this position that cost so much. */
  next(position: number, costNanoUsd: number): number;
}
