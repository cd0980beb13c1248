/** A policy's true loss and cost: over the whole population, not over what was drawn from it. */
import { measureRows, mean, withoutGains } from '../../src/learning/table/measure-rows.ts';
import type { LadderTable } from '../../src/learning/table/ladder-table.ts';
import { createWalker } from '../../src/learning/table/walk-rows.ts';
import type { Version } from '../../src/routing/version.ts';
import type { Population, Variant } from './population.ts';
import type { Mixture } from './scenarios.ts';

export interface Truth {
  /** Mean of score(last) − score(served), gains not counted: what is promised. */
  loss: number;
  /** The mean cost of a question, and that of always asking the last tier, in nano-dollars. */
  cost: number;
  lastCost: number;
}

export type TellTruth = (
  version: Version | undefined,
  variant: Variant,
  mixture: Mixture,
  table: LadderTable,
) => Truth;

/** Keeps each group's loss and cost by version, variant and prices. */
export function createTruth(population: Population): TellTruth {
  const known = new Map<string, Map<string, Truth>>();
  const versionIds = new WeakMap<Version, number>();
  const tableIds = new WeakMap<LadderTable, number>();
  let next = 1;
  const idOf = <Key extends WeakKey>(ids: WeakMap<Key, number>, key: Key): number => {
    const id = ids.get(key) ?? next++;
    ids.set(key, id);
    return id;
  };

  function ofGroups(version: Version | undefined, variant: Variant, table: LadderTable): Map<string, Truth> {
    const key = `${version === undefined ? 0 : idOf(versionIds, version)} ${variant} ${idOf(tableIds, table)}`;
    const found = known.get(key);
    if (found !== undefined) return found;
    const last = table.answers.length - 1;
    const walk =
      version === undefined ? undefined : createWalker(table, version.rule, version.confidenceModel);
    const at = version?.rule.path[Math.floor(version.rule.place)];
    const groups = new Map(
      [...population.byGroup].map(([group, questions]): [string, Truth] => {
        const rows = questions.map((question) => population.rowOf(question, variant));
        const lastCost = mean(rows.map((row) => table.answers[last]?.cost[row] ?? NaN));
        if (walk === undefined || at === undefined) return [group, { loss: 0, cost: lastCost, lastCost }];
        const { losses, relativeCost } = measureRows(table, rows, walk(rows, at));
        return [group, { loss: mean(withoutGains(losses)), cost: relativeCost * lastCost, lastCost }];
      }),
    );
    known.set(key, groups);
    return groups;
  }

  return (version, variant, mixture, table) => {
    const groups = ofGroups(version, variant, table);
    const truth = { loss: 0, cost: 0, lastCost: 0 };
    for (const [group, share] of Object.entries(mixture)) {
      const { loss, cost, lastCost } = groups.get(group) ?? { loss: NaN, cost: NaN, lastCost: NaN };
      truth.loss += share * loss;
      truth.cost += share * cost;
      truth.lastCost += share * lastCost;
    }
    return truth;
  };
}
