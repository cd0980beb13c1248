/** What people see of learning, and say: the same for the command line and the admin API. */
import { WeirError } from '../../errors.ts';
import type { LearningEvent } from '../../store/contract/learning-rows.ts';
import type { Policy } from '../../routing/policy.ts';
import type { Label, Store } from '../../store/contract/store.ts';
import type { VersionRow } from '../../store/contract/version-rows.ts';
import { decisionById } from '../../recordings/decision-by-id.ts';
import { keptAnswers } from '../../recordings/kept-answers.ts';
import { applyVersion, readVersion } from '../versions/kept-version.ts';
import { lapsed } from '../in-force/lapsed.ts';
import { jobOf, UNKNOWN_FORMAT, readLearnerState, type LearnerState } from '../learner/learner-state.ts';
import { readRoute } from './read-route.ts';
import { reviewQueue, type ReviewItem } from './review-queue.ts';
import {
  inForceStatus,
  routeStatus,
  type LearningRoute,
  type RouteStatus,
  type StatusInput,
} from './route-status.ts';

export interface People {
  /** Of each route, or of one. @throws {WeirError} */
  status(route?: string): Promise<RouteStatus[]>;
  /** What operators are asked, the most useful first. @throws {WeirError} */
  queue(filter: { route?: string; limit: number }): Promise<ReviewItem[]>;
  /**
   * An operator's word on an answer; a second one replaces the first.
   * @param verdict 0..1, 1 = acceptable.
   * @returns the label, and the route it is of.
   * @throws {WeirError} `unknown_id` where there is no such request, `invalid_request` where the tier gave it no answer.
   */
  judge(outcomeId: string, tier: string, verdict: number): Promise<Label & { route: string }>;
}

export interface PeopleOptions {
  store: Store;
  routes: readonly LearningRoute[];
  /** By their names, as they are configured: without what is in force. */
  policies: ReadonlyMap<string, Policy>;
  /** Milliseconds since the epoch. */
  now: () => number;
}

const EVENTS = 200;

export function createPeople({ store, routes, policies, now }: PeopleOptions): People {
  const chosen = (name: string | undefined): readonly LearningRoute[] => {
    const found = routes.filter(({ route }) => name === undefined || route === name);
    if (found.length > 0) return found;
    throw new WeirError(
      'invalid_request',
      `There is no route '${name ?? ''}'; there are: ${routes.map(({ route }) => route).join(', ')}.`,
      { param: 'route' },
    );
  };

  const proposalOf = async (
    events: readonly LearningEvent[],
    state: LearnerState | undefined,
  ): Promise<StatusInput['proposal']> => {
    const newest = events.find(({ kind }) => kind === 'proposed' || kind === 'promoted');
    if (newest?.kind !== 'proposed' || newest.version === undefined) return undefined;
    const row = await store.version(newest.version);
    // What served once has had its word.
    if (row?.state !== 'candidate') return undefined;
    const read = readVersion(row);
    const lapse = 'version' in read ? lapsed(read.version, state) : undefined;
    return { version: row.hash, ...(lapse === undefined ? {} : { lapse }) };
  };

  const statusOf = async (route: LearningRoute): Promise<RouteStatus> => {
    const [history, jobs, active, events] = await Promise.all([
      readRoute(store, route.route),
      store.jobs(),
      store.activeVersions(),
      store.learningEvents({ route: route.route, limit: EVENTS }),
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
      ...(state === undefined ? {} : { state }),
      ...(problem === undefined ? {} : { problem }),
      ...(proposal === undefined ? {} : { proposal }),
      ...(row === undefined ? {} : { inForce: inForceOf(route.route, row, state) }),
    });
  };

  const inForceOf = (
    route: string,
    row: VersionRow,
    state: LearnerState | undefined,
  ): NonNullable<StatusInput['inForce']> => {
    const { hash } = row;
    const read = readVersion(row);
    const policy = policies.get(route);
    const obstacle = policy && applyVersion(policy, { hash, read }).obstacle;
    if (obstacle !== undefined) return { version: hash, certified: false, obstacle };
    if ('problem' in read) return { version: hash, certified: false };
    return inForceStatus(hash, read.version.certificate, lapsed(read.version, state));
  };

  return {
    async status(name) {
      const all: RouteStatus[] = [];
      // One after the other: a gateway goes on answering in between.
      for (const route of chosen(name)) all.push(await statusOf(route));
      return all;
    },

    async queue({ route: name, limit }) {
      const some = chosen(name);
      const known = new Map<string, Awaited<ReturnType<typeof readRoute>>['recent'][number]>();
      for (const { route } of some) {
        const { recent, audited } = await readRoute(store, route);
        for (const decision of [...audited, ...recent]) known.set(decision.outcome.id, decision);
      }
      const lastTiers = new Map(some.map(({ route, tiers }) => [route, tiers.at(-1)]));
      const asked = reviewQueue([...known.values()], { lastTier: (route) => lastTiers.get(route), limit });
      const items: ReviewItem[] = [];
      for (const item of asked) items.push(...(await withTexts(store, item)));
      return items;
    },

    async judge(outcomeId, tier, verdict) {
      const decision = await decisionById(store, outcomeId);
      if (decision === undefined)
        throw new WeirError('unknown_id', `No request has the id '${outcomeId}'.`, { param: 'id' });
      const answered = keptAnswers(decision).map((answer) => answer.tier);
      if (!answered.includes(tier))
        throw new WeirError(
          'invalid_request',
          `No answer of tier '${tier}' to this request is kept; there are those of: ${answered.join(', ') || 'none'}.`,
          { param: 'tier' },
        );
      const label: Label = {
        outcomeId,
        tier,
        source: 'operator',
        verdict,
        propensity: decision.audit?.propensity ?? 1,
        weight: 1,
        createdAtMs: now(),
      };
      await store.write({ outcomes: [], labels: [label], audits: [] });
      return { ...label, route: decision.outcome.route };
    },
  };
}

/** Only of what is shown are the texts read; nothing where it was deleted meanwhile, or its texts were. */
async function withTexts(store: Pick<Store, 'decision'>, item: ReviewItem): Promise<ReviewItem[]> {
  const decision = await store.decision(item.outcomeId, item.tenant);
  const messages = decision?.outcome.prompt;
  if (decision === undefined || messages === undefined) return [];
  const kept = new Map(keptAnswers(decision).map((answer) => [answer.tier, answer]));
  return [{ ...item, messages, answers: item.answers.flatMap(({ tier }) => kept.get(tier) ?? []) }];
}
