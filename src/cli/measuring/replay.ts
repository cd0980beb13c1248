import { Option, type Command } from 'commander';
import { defined } from '../../defined.ts';
import { counted } from '../../format/counted.ts';
import { withMinus } from '../../format/minus.ts';
import { dollars } from '../../format/money.ts';
import { percent } from '../../format/percent.ts';
import { checkRecorded } from '../../gateway/gateway.ts';
import { LABEL_SOURCES, sourceNames } from '../../learning/labels/sources/sources.ts';
import { historyTraces } from '../../recordings/history.ts';
import { replay, type ReplayReport } from '../../recordings/replay.ts';
import type { Policy } from '../../routing/policy.ts';
import { locateStore } from '../../store/open.ts';
import type { Trace } from '../../traces/trace.ts';
import { commandLine } from '../../format/command-line.ts';
import { withExistingStore } from '../common/existing-store.ts';
import { unusable } from '../common/exit.ts';
import { CONFIG_OPTION, JSON_OPTION, ROUTE_OPTION, SINCE_VALUES, STRICT_OPTION } from '../common/options.ts';
import { printJson, printLines, say } from '../common/output.ts';
import { assertAnswered } from './ladder-arguments.ts';
import { readQuestions } from './read-questions.ts';
import { chooseReplayable, type Replayable, type ReplayPolicyOptions } from './replay-policy.ts';
import { parseSince } from '../common/since.ts';

interface Options extends ReplayPolicyOptions {
  store: boolean;
  since?: number;
  split?: string;
  strict: boolean;
  json: boolean;
}

export function registerReplay(program: Command): void {
  program
    .command('replay')
    .description(
      "Show what a route would have done with recorded questions: how many answers it would have accepted, what they would have cost, and how good they would have been. The code is the same that decides live traffic. The file must name its tiers as the configuration does. Without a configuration, the demonstration's route is used.",
    )
    .argument('[traces]', 'recorded questions: JSON Lines, gzipped if the name ends in .gz')
    .option('--store', "replay the store's history instead of a file", false)
    .option('--since <when>', `with --store: only requests since ${SINCE_VALUES}`, (text) => parseSince(text))
    .option(...ROUTE_OPTION)
    .option(...CONFIG_OPTION)
    .option(
      '--model <file>',
      'confidence model that `weir calibrate --out` wrote (default: the built-in one, which needs no labels)',
    )
    .addOption(
      new Option(
        '--version <hash>',
        'version to replay, by its hash (default: the version in force)',
      ).conflicts('model'),
    )
    .option('--split <name>', 'replay only the questions of this split')
    .option(...STRICT_OPTION)
    .option(...JSON_OPTION)
    .action(run);
}

async function run(file: string | undefined, options: Options): Promise<void> {
  if ((file === undefined) !== options.store)
    throw unusable(
      file === undefined
        ? "Name a file of recorded questions, or use --store to replay the store's history."
        : 'A file and --store cannot be combined. Use one of them.',
    );
  const replayable = await chooseReplayable(options);
  const { policy, model } = replayable;
  const { from, traces, leftOut } =
    file === undefined ? await fromStore(replayable, options) : await fromFile(file, options);
  const replayed = replay(policy, traces, await checkRecorded(traces), model);
  const report = { ...replayed, leftOut: replayed.leftOut + leftOut };
  const tiers = policy.tiers.map(({ name }) => name);
  if (report.questions === 0) {
    assertAnswered(from, traces, tiers);
    throw unusable(
      `${from}: no question has an answer from every tier of the route (${tiers.join(', ')}). Record the missing answers with ${commandLine('record FILE --out FILE')}.`,
    );
  }
  if (!options.json) return printLines(describe(policy, report));
  printJson(
    defined({
      file: from,
      route: policy.route,
      tiers,
      rule: policy.rule,
      certified: policy.certified,
      version: policy.version,
      ...report,
    }),
  );
}

/** The questions to replay, where they come from, and how many were left out already. */
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
      split === undefined
        ? `${file} has no questions.`
        : `${file} has no questions of split '${split}'. Leave out --split to replay all questions.`,
    );
  return { from: file, traces, leftOut: 0 };
}

/** Reads the store's history, holding only what can be replayed in memory. */
async function fromStore({ policy, config, file }: Replayable, { since }: Options): Promise<Questions> {
  const from = locateStore(config.store).where;
  const traces: Trace[] = [];
  let leftOut = 0;
  await withExistingStore(
    config.store,
    async (store) => {
      const wanted = defined({ route: policy.route, sources: sourceNames(LABEL_SOURCES), sinceMs: since });
      for await (const trace of historyTraces(store, wanted)) {
        if (policy.tiers.every(({ name }) => trace.attempts[name] !== undefined)) traces.push(trace);
        else leftOut += 1;
      }
    },
    file,
  );
  if (traces.length === 0)
    throw unusable(
      `${from}: there is nothing to replay. It has ${counted(leftOut, 'request')} on route '${policy.route}', none of them answered by every tier.`,
    );
  if (leftOut > 0)
    say(
      `Left out ${leftOut} of ${leftOut + traces.length} requests because not every tier answered them. The rest is a selection, not a sample.`,
    );
  return { from, traces, leftOut };
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
    `Questions        ${questions}${leftOut === 0 ? '' : ` (left out ${leftOut} without an answer from every tier)`}`,
    `Accepted         ${percent(report.acceptedShare)} at the first tier asked`,
    `Escalation rate  ${percent(report.escalationRate)}`,
    `Served by        ${served.join(', ')}`,
    score === undefined || alwaysLastScore === undefined || qualityLoss === undefined
      ? 'Score            not known: the answers have no scores'
      : `Score            ${score.toFixed(3)}; always asking ${last} ${alwaysLastScore.toFixed(3)}; quality loss ${withMinus(qualityLoss.toFixed(3))} (${scored} questions with scores)`,
    relativeCost === undefined || costUsd === undefined || alwaysLastCostUsd === undefined
      ? 'Relative cost    not known: some costs are missing'
      : `Relative cost    ${relativeCost.toFixed(3)} of what always asking ${last} costs (${dollars(costUsd)} against ${dollars(alwaysLastCostUsd)})`,
  ];
}
