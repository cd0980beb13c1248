import { defined } from '../../defined.ts';
import { counted } from '../../format/counted.ts';
import { checkRecorded } from '../../gateway/gateway.ts';
import {
  createLadderTable,
  type LadderTable,
  type LeftOutQuestions,
} from '../../learning/table/ladder-table.ts';
import { recordedCostNanoUsd } from '../../recordings/replay-attempt.ts';
import type { Policy } from '../../routing/policy.ts';
import type { Trace } from '../../traces/trace.ts';
import { commandLine } from '../../format/command-line.ts';
import { unusable } from '../common/exit.ts';
import { say } from '../common/output.ts';
import { chooseTarget, type Target } from '../common/choose-target.ts';
import { policyOfRoute } from '../common/read-config.ts';
import type { LadderChoice } from './ladder-options.ts';

/** The ladder of a route of the configuration, or of models that the command line names as the file does. */
export interface ChosenLadder {
  route: string;
  tiers: Policy['tiers'];
  /** Absent if the command line names the models. */
  target?: Target;
  /** The route's, as it is configured. */
  policy?: Policy;
}

/** The ladder of models that the command line names. @throws {CommandError} if they are no ladder of at least two tiers. */
export function namedLadder(route: string, tiers: readonly string[]): ChosenLadder {
  if (tiers.length < 2) throw unusable('--tiers: name at least two models.');
  const twice = tiers.find((name, index) => tiers.indexOf(name) !== index);
  if (twice !== undefined) throw unusable(`--tiers: '${twice}' is named twice. Name each model once.`);
  return {
    route,
    tiers: tiers.map((name) => ({ name, model: name, upstream: '', location: 'cloud' as const })),
  };
}

/**
 * The models that the command line names, or else a route of the configuration or of the demonstration.
 * @throws {CommandError} if it is no ladder of at least two tiers.
 */
export async function chooseLadder({ route, config, tiers }: LadderChoice): Promise<ChosenLadder> {
  if (tiers !== undefined) return namedLadder(route, tiers);
  const target = await chooseTarget(config, 'routes');
  const policy = policyOfRoute(target.config, route);
  if (policy.tiers.length < 2)
    throw unusable(`Route '${route}' has only one tier, so there is nothing to decide.`);
  return { route, tiers: policy.tiers, target, policy };
}

const WITHOUT_LABELS =
  ' Without labels nothing can be fitted or promised; until then the last tier answers everything.';

/**
 * Arranges the file's questions as a table over the ladder's tiers.
 * @param prices per tier, for answers without a recorded cost; `free` if costs do not matter.
 * @throws {CommandError} if no question has an answer and a score from every tier.
 */
export async function layOut(
  file: string,
  traces: readonly Trace[],
  tiers: Policy['tiers'],
  prices?: readonly number[] | 'free',
): Promise<LaidOut> {
  const names = tiers.map(({ name }) => name);
  if (prices !== undefined && prices !== 'free' && prices.length !== names.length)
    throw unusable(
      `--prices: there are ${counted(prices.length, 'price')} for ${names.length} tiers. Give one price per tier.`,
    );
  if (traces.length === 0) throw unusable(`${file} has no questions.${WITHOUT_LABELS}`);
  assertAnswered(file, traces, names);
  const vetoesOf = await checkRecorded(traces);
  const { table, leftOut } = unusableOnRange(() =>
    createLadderTable(
      traces,
      tiers,
      defined({ vetoesOf, prices: prices === 'free' ? names.map(() => 1) : prices }),
    ),
  );
  const leftOutWords = leftOutInWords(leftOut);
  leftOutWords.forEach((words) => say(`Left out ${words}.`));
  if (prices !== undefined && prices !== 'free') sayMixedCosts(traces, tiers);
  if (table.count === 0)
    throw unusable(
      `${file}: no question has an answer and a score from every one of ${names.join(', ')}.${WITHOUT_LABELS}`,
    );
  return { ...table, leftOutWords };
}

/** A table with what became of the questions that are not in it, in words. */
export interface LaidOut extends LadderTable {
  /** Such as `495 questions without an answer from every tier`. */
  leftOutWords: string[];
}

/** @throws {CommandError} if the file has no answers from some tier. */
export function assertAnswered(file: string, traces: readonly Trace[], names: readonly string[]): void {
  const known = [...new Set(traces.flatMap(({ attempts }) => Object.keys(attempts)))];
  const missing = names.filter((name) => !known.includes(name));
  if (missing.length === 0) return;
  throw unusable(
    known.length === 0
      ? `${file} has no answers. Record them with ${commandLine('record FILE --out FILE')}.`
      : `${file} has no answers from ${missing.join(', ')}. It has answers from ${known.join(', ')}. Use these names for the tiers, or record the missing answers with ${commandLine('record FILE --out FILE')}.`,
  );
}

function leftOutInWords({ incomplete, unscored, tooLong }: LeftOutQuestions): string[] {
  const of = (count: number, why: string): string[] =>
    count === 0 ? [] : [`${counted(count, 'question')} ${why}`];
  return [
    ...of(incomplete, 'without an answer from every tier'),
    ...of(unscored, "without a score for every tier's answer"),
    ...of(tooLong, 'too long for the context of some tier, which the promise does not cover'),
  ];
}

/** Prices stand in for missing costs: if other answers have recorded costs, the prices have to be dollars, too. */
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
      ? 'Every answer has a recorded cost, so --prices has no effect.'
      : `${recorded} of ${answers.length} answers have a recorded cost, in US dollars; the others cost what --prices says. The costs below are right only if --prices are US dollars too.`,
  );
}

/** A {@link RangeError} says that these rows cannot be used: that is for the user to correct. */
export function unusableOnRange<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof RangeError) throw unusable(error.message);
    throw error;
  }
}
