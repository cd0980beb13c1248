import { createResolver } from '../../config/resolve.ts';
import type { Config } from '../../config/schema/schema.ts';
import { createTraceAnswerSchemas } from '../../gateway/gateway.ts';
import {
  createLadderTable,
  type LadderTable,
  type LeftOutQuestions,
} from '../../learning/table/ladder-table.ts';
import { recordedCostNanoUsd } from '../../recordings/replay-attempt.ts';
import type { Trace } from '../../traces/trace.ts';
import { unusable } from '../exit.ts';
import { say } from '../output.ts';
import { findConfig, readConfig } from '../read-config.ts';

type Policy = NonNullable<ReturnType<ReturnType<typeof createResolver>['routes']['get']>>;

/** Whose ladder it is: a route of a configuration, or models that the command line names, by their names in the file. */
export interface Ladder {
  route: string;
  tiers: Policy['tiers'];
  /** Absent where the command line names the models. */
  config?: Config;
  /** How the route judges answers. */
  rule?: Policy['rule'];
}

/** @throws {CommandError} where neither names a ladder of at least two tiers. */
export function chooseLadder({
  route,
  config: file,
  tiers,
}: {
  route: string;
  config?: string;
  tiers?: string[];
}): Ladder {
  if (tiers !== undefined) {
    if (tiers.length < 2) throw unusable('--tiers: a ladder has at least two tiers.');
    const twice = tiers.find((name, index) => tiers.indexOf(name) !== index);
    if (twice !== undefined) throw unusable(`--tiers: ${twice} stands there twice; name each model once.`);
    return {
      route,
      tiers: tiers.map((name) => ({ name, model: name, upstream: '', location: 'cloud' as const })),
    };
  }
  const found = findConfig(file);
  if (found === undefined)
    throw unusable(
      'There is no weir.yaml here; name a configuration (--config), or the models in the file (--tiers).',
    );
  const config = readConfig(found);
  const policy = createResolver(config, { now: new Date() }).routes.get(route);
  if (policy === undefined)
    throw unusable(
      `there is no route '${route}'; --route takes one of: ${Object.keys(config.routes).join(', ')}`,
    );
  if (policy.tiers.length < 2) throw unusable(`route '${route}' has one tier: there is nothing to decide.`);
  return { route, tiers: policy.tiers, config, rule: policy.rule };
}

const WITHOUT_LABELS =
  '. Without labels nothing is fitted and nothing can be promised; until then the last tier answers everything.';

/** The file's questions as a ladder; with `free` it does not matter what an answer costs. @throws {CommandError} where it has none of them whole. */
export function layOut(
  file: string,
  traces: readonly Trace[],
  tiers: Policy['tiers'],
  prices?: readonly number[] | 'free',
): LadderTable {
  const names = tiers.map(({ name }) => name);
  if (prices !== undefined && prices !== 'free' && prices.length !== names.length)
    throw unusable(`--prices: ${prices.length} prices for ${names.length} tiers; give one for each.`);
  if (traces.length === 0) throw unusable(`${file}: it holds no questions${WITHOUT_LABELS}`);
  const known = new Set(traces.flatMap(({ attempts }) => Object.keys(attempts)));
  const missing = names.filter((name) => !known.has(name));
  if (missing.length > 0)
    throw unusable(
      `${file}: it has no answers of ${missing.join(', ')}, but of ${[...known].join(', ') || 'nobody'}.`,
    );
  const answerSchemaOf = createTraceAnswerSchemas();
  const { table, leftOut } = unusableOnRange(() =>
    createLadderTable(traces, tiers, {
      answerSchemaOf,
      ...(prices === undefined ? {} : { prices: prices === 'free' ? names.map(() => 1) : prices }),
    }),
  );
  sayLeftOut(leftOut);
  if (prices !== undefined && prices !== 'free') sayMixedCosts(traces, tiers);
  if (table.count === 0)
    throw unusable(
      `${file}: no question has an answer and a score of each of ${names.join(', ')}${WITHOUT_LABELS}`,
    );
  return table;
}

function sayLeftOut({ incomplete, unscored, tooLong }: LeftOutQuestions): void {
  if (incomplete > 0) say(`${incomplete} questions lack an answer of some tier, and are left out.`);
  if (unscored > 0) say(`${unscored} questions lack a score of some tier, and are left out.`);
  if (tooLong > 0)
    say(
      `${tooLong} questions do not fit into the context of some tier, and are left out: nothing is promised for such.`,
    );
}

/** Prices stand in for the costs that are missing: beside recorded ones they have to be dollars, too. */
function sayMixedCosts(traces: readonly Trace[], tiers: Policy['tiers']): void {
  const answers = traces.flatMap(({ attempts }) =>
    tiers.flatMap((tier) => {
      const attempt = attempts[tier.name];
      return attempt === undefined ? [] : [recordedCostNanoUsd(attempt, tier)];
    }),
  );
  const recorded = answers.filter((cost) => cost !== undefined).length;
  if (recorded === 0) return;
  say(
    recorded === answers.length
      ? 'Every answer has a recorded cost, so --prices changes nothing.'
      : `${recorded} of ${answers.length} answers have a recorded cost, the others that of --prices: what is said of costs is right only where these are US dollars too.`,
  );
}

/** What cannot be done with these rows is the user's to mend. */
export function unusableOnRange<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof RangeError) throw unusable(error.message);
    throw error;
  }
}
