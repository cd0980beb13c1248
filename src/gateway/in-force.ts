import { defined } from '../defined.ts';
import { applyVersion, type PromotedVersion, type ServedPolicy } from '../routing/apply-version.ts';
import type { ConfidenceModel } from '../routing/confidence/confidence.ts';
import type { Policy } from '../routing/policy.ts';
import { ruleOf } from '../routing/rules/rules.ts';
import type { Log } from '../telemetry/names.ts';

/** What is in force on each route of one configuration. */
export interface VersionsInForce {
  /** A route's policy with its version; remembers what it found. */
  apply(policy: Policy): Policy;
  /** The confidence model of the version in force; absent if none applies. */
  confidenceModel(route: string): ConfidenceModel | undefined;
  /** Why versions that were promoted do not apply, a sentence for each route. */
  notes(): { route: string; note: string }[];
  /** Logs what is different from before. */
  announce(before: VersionsInForce | undefined, log: Log): void;
  /** A route's version by its hash, and why a promoted one does not apply. */
  state(route: string): { version?: string; note?: string } | undefined;
}

export function createInForce(promoted: (route: string) => PromotedVersion | undefined): VersionsInForce {
  const served = new Map<string, ServedPolicy>();
  const state: VersionsInForce['state'] = (route) => {
    const found = served.get(route);
    if (found === undefined) return undefined;
    const { policy, obstacle } = found;
    const note = obstacle === undefined ? undefined : noteOf(policy, obstacle);
    return defined({ version: policy.version, note });
  };
  return {
    apply(policy) {
      const found = applyVersion(policy, promoted(policy.route));
      served.set(policy.route, found);
      return found.policy;
    },
    confidenceModel: (route) => served.get(route)?.confidenceModel,
    notes: () =>
      [...served.keys()].flatMap((route) => {
        const note = state(route)?.note;
        return note === undefined ? [] : [{ route, note }];
      }),
    announce(before, log) {
      for (const route of served.keys()) {
        const [was, is] = [before?.state(route), state(route)];
        if (was?.version === is?.version && was?.note === is?.note) continue;
        // A version that does not apply is an alarm, which is in the log.
        if (is?.note !== undefined) continue;
        if (is?.version !== undefined)
          log.info(
            { route, version: is.version },
            `Version ${is.version} serves route '${route}' from now on.`,
          );
        else log.info({ route }, `No version is in force on route '${route}' any more.`);
      }
    },
    state,
  };
}

function noteOf({ route, rule, tiers }: Policy, obstacle: string): string {
  const instead = ruleOf(rule).awaitsVersion
    ? `${tiers.at(-1)?.name ?? ''} answers everything`
    : 'its own rule decides';
  return `Route '${route}': ${obstacle}; ${instead}.`;
}
