/** What operators see of learning, and the verdicts they give: the same for the command line and the admin API. */
import { defined } from '../../defined.ts';
import { WeirError } from '../../errors.ts';
import type { LearningEvent } from '../../store/contract/learning-rows.ts';
import type { Policy } from '../../routing/policy.ts';
import type { Label, Store } from '../../store/contract/store.ts';
import type { VersionRow } from '../../store/contract/version-rows.ts';
import { decisionById, storedAnswers } from '../../recordings/decision.ts';
import { applyVersion } from '../../routing/apply-version.ts';
import { priorModel } from '../../routing/confidence/prior.ts';
import { ruleOf } from '../../routing/rules/rules.ts';
import { readVersion } from '../versions/kept-version.ts';
import { lapseOf } from '../in-force/lapse.ts';
import { jobOf, UNKNOWN_FORMAT, readLearnerState, type LearnerState } from '../learner/learner-state.ts';
import { readRouteHistory } from './route-history.ts';
import { reviewQueue, type ReviewItem } from './review-queue.ts';
import {
  inForceStatus,
  routeStatus,
  sinceChange,
  type ConfiguredRoute,
  type RouteStatus,
  type RouteStatusInputs,
} from './route-status.ts';

export interface OperatorDesk {
  /** The status of each route, or of one. @throws {WeirError} */
  status(route?: string): Promise<RouteStatus[]>;
  /** The review queue, the most useful questions first. @throws {WeirError} */
  queue(filter: { route?: string; limit: number }): Promise<ReviewItem[]>;
  /**
   * Stores an operator's verdict on an answer; a second one replaces the first.
   * @param verdict 0..1, 1 = acceptable.
   * @returns the label, and the route of the request.
   * @throws {WeirError} `unknown_id` where there is no such request, `invalid_request` where no answer of the tier is stored.
   */
  giveVerdict(outcomeId: string, tier: string, verdict: number): Promise<Label & { route: string }>;
}

export interface OperatorDeskOptions {
  store: Store;
  routes: readonly ConfiguredRoute[];
  /** By route: the configured policies, without what is in force. */
  policies: ReadonlyMap<string, Policy>;
  /** Milliseconds since the epoch. */
  now: () => number;
}

const EVENTS = 200;

export function createOperatorDesk({ store, routes, policies, now }: OperatorDeskOptions): OperatorDesk {
  const chosen = (name: string | undefined): readonly ConfiguredRoute[] => {
    const found = routes.filter(({ route }) => name === undefined || route === name);
    if (found.length > 0) return found;
    throw new WeirError(
      'invalid_request',
      `There is no route '${name ?? ''}'. Routes: ${routes.map(({ route }) => route).join(', ')}.`,
      { param: 'route' },
    );
  };

  const proposalOf = async (
    events: readonly LearningEvent[],
    state: LearnerState | undefined,
  ): Promise<RouteStatusInputs['proposal']> => {
    const newest = events.find(({ kind }) => kind === 'proposed' || kind === 'promoted');
    if (newest?.kind !== 'proposed' || newest.version === undefined) return undefined;
    const row = await store.version(newest.version);
    // A version that has served was promoted before.
    if (row?.state !== 'candidate') return undefined;
    const read = readVersion(row);
    const lapse = 'version' in read ? lapseOf(read.version, state) : undefined;
    return { version: row.hash, ...defined({ lapse }) };
  };

  const statusOf = async (route: ConfiguredRoute): Promise<RouteStatus> => {
    const [history, jobs, active, events, rollouts] = await Promise.all([
      readRouteHistory(store, route.route),
      store.jobs(),
      store.activeVersions(),
      store.learningEvents({ route: route.route, limit: EVENTS }),
      store.rollouts(),
    ]);
    const kept = jobs.find(({ name }) => name === jobOf(route.route))?.state;
    const state = kept === undefined ? undefined : readLearnerState(kept);
    const problem = kept !== undefined && state === undefined ? UNKNOWN_FORMAT : state?.problem;
    const hash = active.get(route.route);
    const row = hash === undefined ? undefined : await store.version(hash);
    const proposal = await proposalOf(events, state);
    return routeStatus(route, {
      history,
      events,
      nowMs: now(),
      ...defined({
        state,
        problem,
        proposal,
        inForce: row && inForceOf(route.route, row, state),
        deciding: decidingOf(route.route, row, state),
        stated: rollouts.get(route.route),
      }),
    });
  };

  /** What decides where the last tier alone does not answer: the version in force, else a rule of the configuration. */
  const decidingOf = (
    route: string,
    row: VersionRow | undefined,
    state: LearnerState | undefined,
  ): RouteStatusInputs['deciding'] => {
    const configured = policies.get(route);
    if (configured === undefined) return undefined;
    const promoted = row && { hash: row.hash, read: readVersion(row) };
    const { policy, confidenceModel: model = priorModel } = applyVersion(configured, promoted);
    if (policy.version !== undefined) {
      const after = state?.inForce?.hash === policy.version ? state.inForce.after : sinceChange(state);
      return { policy, model, version: policy.version, after };
    }
    return ruleOf(policy.rule).awaitsVersion ? undefined : { policy, model, after: sinceChange(state) };
  };

  const inForceOf = (
    route: string,
    row: VersionRow,
    state: LearnerState | undefined,
  ): NonNullable<RouteStatusInputs['inForce']> => {
    const { hash } = row;
    const read = readVersion(row);
    const policy = policies.get(route);
    const obstacle = policy && applyVersion(policy, { hash, read }).obstacle;
    if (obstacle !== undefined) return { version: hash, certified: false, obstacle };
    if ('problem' in read) return { version: hash, certified: false };
    return inForceStatus(hash, read.version.certificate, lapseOf(read.version, state));
  };

  return {
    async status(name) {
      const all: RouteStatus[] = [];
      // In turn, so that a gateway answers requests in between.
      for (const route of chosen(name)) all.push(await statusOf(route));
      return all;
    },

    async queue({ route: name, limit }) {
      const some = chosen(name);
      const known = new Map<string, Awaited<ReturnType<typeof readRouteHistory>>['recent'][number]>();
      for (const { route } of some) {
        const { recent, audited } = await readRouteHistory(store, route);
        for (const decision of [...audited, ...recent]) known.set(decision.outcome.id, decision);
      }
      const lastTiers = new Map(some.map(({ route, tiers }) => [route, tiers.at(-1)]));
      const asked = reviewQueue([...known.values()], { lastTier: (route) => lastTiers.get(route), limit });
      const items: ReviewItem[] = [];
      for (const item of asked) items.push(...(await withTexts(store, item)));
      return items;
    },

    async giveVerdict(outcomeId, tier, verdict) {
      const decision = await decisionById(store, outcomeId);
      if (decision === undefined)
        throw new WeirError('unknown_id', `No request has the id '${outcomeId}'.`, { param: 'id' });
      const answered = storedAnswers(decision).map((answer) => answer.tier);
      if (!answered.includes(tier))
        throw new WeirError(
          'invalid_request',
          `No answer from tier '${tier}' was stored for this request. Stored answers: ${answered.join(', ') || 'none'}.`,
          { param: 'tier' },
        );
      const label: Label = {
        outcomeId,
        tier,
        source: 'operator',
        verdict,
        propensity: decision.audit?.propensity ?? 1,
        createdAtMs: now(),
      };
      await store.write({ outcomes: [], labels: [label], audits: [] });
      return { ...label, route: decision.outcome.route };
    },
  };
}

/** Texts are read only for the questions that are shown. Empty where the request or its texts were deleted meanwhile. */
async function withTexts(store: Pick<Store, 'decision'>, item: ReviewItem): Promise<ReviewItem[]> {
  const decision = await store.decision(item.outcomeId, item.tenant);
  const messages = decision?.outcome.prompt;
  if (decision === undefined || messages === undefined) return [];
  const kept = new Map(storedAnswers(decision).map((answer) => [answer.tier, answer]));
  return [{ ...item, messages, answers: item.answers.flatMap(({ tier }) => kept.get(tier) ?? []) }];
}
