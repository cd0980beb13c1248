import { Option, type Command } from 'commander';
import { WeirError } from '../../errors.ts';
import { createTraceAnswerSchemas } from '../../gateway/gateway.ts';
import { LABEL_SOURCES, sourceNames } from '../../learning/labels/sources/sources.ts';
import { locateStore, openStore } from '../../store/open.ts';
import { historyTraces } from '../../recordings/history.ts';
import { replay, type ReplayReport } from '../../recordings/replay.ts';
import type { Trace } from '../../traces/trace.ts';
import { failed, unusable } from '../exit.ts';
import { percent, print, printJson, say } from '../output.ts';
import { readQuestions } from './read-questions.ts';
import { chooseReplayable, type Policy, type Replayable, type ReplayPolicyOptions } from './replay-policy.ts';
import { parseSince } from '../since.ts';

interface Options extends ReplayPolicyOptions {
  store: boolean;
  since?: number;
  split?: string;
  strict: boolean;
  json: boolean;
}

export function register(program: Command): void {
  program
    .command('replay')
    .summary('what a route would have done with recorded questions')
    .description(
      "Drives a route's policy over recorded answers, with the code that live traffic runs through, and prints what it would have accepted, what it would have cost, and how good the answers would have been. The tiers are found in the file by their names. Without a configuration it is the demonstration's route.",
    )
    .argument('[traces]', 'the recorded questions: JSON Lines, gzip where the name ends in .gz')
    .option('--store', "in place of a file: the store's own history", false)
    .option(
      '--since <when>',
      "with --store: only what came since a date, or for so long: '2026-11-01', '24h', '7d'",
      (text) => parseSince(text),
    )
    .option('--route <name>', 'the route', 'auto')
    .option('--config <file>', 'the configuration (default: weir.yaml, where there is one)')
    .option(
      '--model <file>',
      'a confidence model, as `weir calibrate --out` writes it (default: the one that needs no labels)',
    )
    .addOption(
      new Option(
        '--version <hash>',
        'what this version would have done (default: the one in force)',
      ).conflicts('model'),
    )
    .option('--split <name>', 'only the questions of this split')
    .option('--strict', 'a bad line in the file is an error', false)
    .option('--json', 'print one JSON document', false)
    .action(run);
}

async function run(file: string | undefined, options: Options): Promise<void> {
  if ((file === undefined) !== options.store)
    throw unusable(
      'name a file of recorded questions, or give --store for the history of the store; one of them',
    );
  const replayable = await chooseReplayable(options);
  const { policy, model } = replayable;
  const { from, traces, leftOut } =
    file === undefined ? await fromStore(replayable, options) : await fromFile(file, options);
  const replayed = replay(policy, traces, createTraceAnswerSchemas(), model);
  const report = { ...replayed, leftOut: replayed.leftOut + leftOut };
  if (report.questions === 0) throw unusable(missingTiers(from, policy, traces));
  if (options.json) {
    printJson({
      file: from,
      route: policy.route,
      tiers: policy.tiers.map((tier) => tier.name),
      rule: policy.rule,
      certified: policy.certified,
      ...(policy.version === undefined ? {} : { version: policy.version }),
      ...report,
    });
  } else {
    describe(policy, report).forEach(print);
  }
}

/** The questions to replay, with how many others were left out already, and where they are from. */
interface Questions {
  from: string;
  traces: Trace[];
  leftOut: number;
}

async function fromFile(file: string, { split, strict }: Options): Promise<Questions> {
  const traces = (await readQuestions(file, strict)).filter(
    (trace) => split === undefined || trace.split === split,
  );
  if (traces.length === 0)
    throw unusable(
      `${file}: there are no questions${split === undefined ? '' : ` of split '${split}'`} in it.`,
    );
  return { from: file, traces, leftOut: 0 };
}

/** Of a history only what can be replayed is held in memory. */
async function fromStore({ policy, config }: Replayable, { since }: Options): Promise<Questions> {
  const from = locateStore(config.store).where;
  const traces: Trace[] = [];
  let leftOut = 0;
  try {
    const store = await openStore(config.store);
    try {
      const history = historyTraces(store, {
        route: policy.route,
        sources: sourceNames(LABEL_SOURCES),
        ...(since === undefined ? {} : { sinceMs: since }),
      });
      for await (const trace of history) {
        if (policy.tiers.every(({ name }) => trace.attempts[name] !== undefined)) traces.push(trace);
        else leftOut += 1;
      }
    } finally {
      await store.close();
    }
  } catch (error) {
    if (error instanceof WeirError) throw failed(error.message);
    throw error;
  }
  if (traces.length === 0)
    throw unusable(
      `${from}: of ${leftOut} requests on route '${policy.route}' none has answers of all its tiers: there is nothing to replay.`,
    );
  if (leftOut > 0)
    say(
      `${leftOut} of ${leftOut + traces.length} requests did not go through every tier and are left out: what is replayed is a selection, not a sample.`,
    );
  return { from, traces, leftOut };
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
    `Route ${policy.route}: ${policy.tiers.map((tier) => tier.name).join(' → ')}, ${policy.version === undefined ? '' : `version ${policy.version}, `}${policy.certified ? 'certified' : 'not certified'}`,
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
