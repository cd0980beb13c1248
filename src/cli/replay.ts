import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { createResolver, type Resolver } from '../config/resolve.ts';
import { createTraceExpectations } from '../gateway.ts';
import { parseModel } from '../learning/kept-model.ts';
import { replay, type ReplayReport } from '../learning/replay.ts';
import type { Trace } from '../traces/trace.ts';
import { demonstrationConfig } from './demonstration.ts';
import { unusable } from './exit.ts';
import { percent, print, printJson, say } from './output.ts';
import { findConfig, readConfig } from './read-config.ts';
import { readQuestions } from './read-questions.ts';

interface Options {
  route: string;
  config?: string;
  split?: string;
  model?: string;
  strict: boolean;
  json: boolean;
}

type Policy = NonNullable<ReturnType<Resolver['routes']['get']>>;

export function register(program: Command): void {
  program
    .command('replay')
    .summary('what a route would have done with recorded questions')
    .description(
      "Drives a route's policy over recorded answers, with the code that live traffic runs through, and prints what it would have accepted, what it would have cost, and how good the answers would have been. The tiers are found in the file by their names. Without a configuration it is the demonstration's route.",
    )
    .argument('<traces>', 'the recorded questions: JSON Lines, gzip where the name ends in .gz')
    .option('--route <name>', 'the route', 'auto')
    .option('--config <file>', 'the configuration (default: weir.yaml, where there is one)')
    .option(
      '--model <file>',
      'a confidence model, as `weir calibrate --out` writes it (default: the one that needs no labels)',
    )
    .option('--split <name>', 'only the questions of this split')
    .option('--strict', 'a bad line in the file is an error', false)
    .option('--json', 'print one JSON document', false)
    .action(run);
}

async function run(file: string, options: Options): Promise<void> {
  const policy = policyOf(options);
  const { split } = options;
  const traces = (await readQuestions(file, options.strict)).filter(
    (trace) => split === undefined || trace.split === split,
  );
  if (traces.length === 0)
    throw unusable(
      `${file}: there are no questions${split === undefined ? '' : ` of split '${split}'`} in it.`,
    );
  const report = replay(policy, traces, createTraceExpectations(), modelOf(options.model));
  if (report.questions === 0) throw unusable(missingTiers(file, policy, traces));
  if (options.json) {
    printJson({
      file,
      route: policy.route,
      tiers: policy.tiers.map((tier) => tier.name),
      rule: policy.rule,
      certified: policy.certified,
      ...report,
    });
  } else {
    describe(policy, report).forEach(print);
  }
}

function policyOf({ route, config: file }: Options): Policy {
  const found = findConfig(file);
  const config = found === undefined ? demonstrationConfig('.') : readConfig(found);
  if (found === undefined) say("There is no weir.yaml here: this is the demonstration's route.");
  const { routes } = createResolver(config, { now: new Date() });
  const policy = routes.get(route);
  if (policy !== undefined) return policy;
  throw unusable(`there is no route '${route}'; --route takes one of: ${[...routes.keys()].join(', ')}`);
}

/** @throws {CommandError} where the file is no confidence model. */
function modelOf(file: string | undefined): ReturnType<typeof parseModel> | undefined {
  if (file === undefined) return undefined;
  try {
    return parseModel(readFileSync(file, 'utf8'));
  } catch (error) {
    throw unusable(
      `${file}: it is no confidence model as \`weir calibrate --out\` writes it (${(error as Error).message.split('\n', 1)[0]}).`,
    );
  }
}

function missingTiers(file: string, policy: Policy, traces: readonly Trace[]): string {
  const known = [...new Set(traces.flatMap((trace) => Object.keys(trace.attempts)))];
  const missing = policy.tiers.map((tier) => tier.name).filter((name) => !known.includes(name));
  return missing.length === 0
    ? `${file}: no question has answers of all tiers of the route (${policy.tiers.map((tier) => tier.name).join(', ')}); record the rest with weir record.`
    : `${file}: it has no answers of ${missing.join(', ')}, but of ${known.join(', ') || 'nobody'}. Name the models of the configuration as the file does.`;
}

function describe(policy: Policy, report: ReplayReport): string[] {
  const {
    questions,
    leftOut,
    scored,
    score,
    alwaysLastScore,
    qualityLoss,
    relativeCost,
    costUsd,
    alwaysLastCostUsd,
  } = report;
  const last = policy.tiers.at(-1)?.name ?? '';
  const served = Object.entries(report.servedBy).map(([tier, share]) => `${tier} ${percent(share)}`);
  return [
    `Route ${policy.route}: ${policy.tiers.map((tier) => tier.name).join(' → ')}, ${policy.certified ? 'certified' : 'not certified'}`,
    `Questions        ${questions}${leftOut === 0 ? '' : ` (${leftOut} more lack an answer of some tier)`}`,
    `Accepted         ${percent(report.acceptedShare)} at the first tier asked`,
    `Escalation rate  ${percent(report.escalationRate)}`,
    `Served by        ${served.join(', ')}`,
    score === undefined || alwaysLastScore === undefined || qualityLoss === undefined
      ? 'Score            not known: the answers have no scores'
      : `Score            ${score.toFixed(3)}; always ${last} ${alwaysLastScore.toFixed(3)}; quality loss ${qualityLoss.toFixed(3)} (${scored} questions with scores)`,
    relativeCost === undefined || costUsd === undefined || alwaysLastCostUsd === undefined
      ? 'Relative cost    not known: some costs are missing'
      : `Relative cost    ${relativeCost.toFixed(3)} of always ${last} ($${costUsd.toPrecision(3)} against $${alwaysLastCostUsd.toPrecision(3)})`,
  ];
}
