import { statSync } from 'node:fs';
import { basename } from 'node:path';
import type { Command } from 'commander';
import { openVersions } from '../../gateway/gateway.ts';
import { keepVersion, readVersion, versionTiers } from '../../learning/versions/kept-version.ts';
import { describeVersionDiff } from '../../learning/versions/version-words.ts';
import { tune, type Tuned, type TuneOptions } from '../../learning/tuning/tune.ts';
import { failed, unusable } from '../common/exit.ts';
import { chooseLadder, layOut, unusableOnRange, type Ladder } from './ladder-arguments.ts';
import { addLadderOptions, type LadderOptions } from './ladder-options.ts';
import { print, printJson, say } from '../common/output.ts';
import { readQuestions } from './read-questions.ts';
import { describeTuned } from './tuned-words.ts';
import { writeResult } from '../common/write-result.ts';

interface Options extends LadderOptions {
  out?: string;
  dryRun: boolean;
  json: boolean;
}

export function register(program: Command): void {
  const command = program
    .command('tune')
    .summary("find a route's policy from recorded questions, and certify it")
    .description(
      'Fits confidence, gain and costs on some of the recorded questions, solves for the policies of every price of quality, and takes the one that meets the objective on the other questions, on which nothing was fitted. It prints the frontier, what is promised and on how many labels, and keeps the policy as a version: `weir versions promote` puts it in force. What cannot be certified is said, with how many more labels it would take.',
    )
    .argument('<traces>', 'the recorded questions, with scores: JSON Lines, gzip where the name ends in .gz');
  addLadderOptions(command)
    .option('--out <file>', 'write the version to this file, too')
    .option('--dry-run', 'keep no version', false)
    .option('--json', 'print one JSON document', false)
    .action(run);
}

async function run(file: string, options: Options): Promise<void> {
  const ladder = chooseLadder(options);
  const traces = await readQuestions(file, options.strict);
  const table = layOut(file, traces, ladder.tiers, options.prices);
  const tuned = unusableOnRange(() => tune(table, tuneOptions(file, ladder, options)));
  const { version } = tuned;
  const kept = version === undefined || options.dryRun ? undefined : await keep(ladder, version);
  if (version !== undefined && options.out !== undefined)
    writeResult(options.out, `${JSON.stringify(version, undefined, 2)}\n`);
  if (options.json) {
    const { frontier, furtherLabels, why } = tuned;
    printJson({
      file,
      route: ladder.route,
      frontier,
      ...(furtherLabels === undefined ? {} : { furtherLabels }),
      ...(why === undefined ? {} : { why }),
      ...(version === undefined ? {} : { version }),
      ...(kept === undefined ? {} : { hash: kept.hash }),
    });
  } else {
    describeTuned(
      tuned,
      ladder.tiers.map(({ name }) => name),
    ).forEach(print);
    if (kept !== undefined) kept.words.forEach(print);
  }
  if (version === undefined)
    throw failed(options.json ? (tuned.why ?? 'No policy meets the objective.') : 'No version was made.');
}

/** How a file of traces is tuned on; `testShare` of its questions are kept for a report. */
export function tuneOptions(
  file: string,
  { route, tiers, rule }: Ladder,
  options: LadderOptions,
  testShare = 0,
): TuneOptions {
  return {
    route,
    tiers: versionTiers(tiers),
    objective: objectiveOf(options, rule),
    seed: options.seed,
    fitShare: options.fitShare,
    crossFit: options.crossFit,
    testShare,
    source: {
      name: basename(file),
      dates: [statSync(file).mtime.toISOString().slice(0, 10)],
      scorer: options.scorer,
    },
    createdAt: new Date().toISOString(),
  };
}

const CERTAINTY = 0.9;

/** What the command line asks for, else what the route does. */
export function objectiveOf(
  { maxLoss, certainty, budget, value }: Pick<LadderOptions, 'maxLoss' | 'certainty' | 'budget' | 'value'>,
  rule: Ladder['rule'],
): TuneOptions['objective'] {
  if (maxLoss !== undefined) return { maxQualityLoss: maxLoss, certainty: certainty ?? CERTAINTY };
  if (budget !== undefined) return { budgetUsdPerRequest: budget };
  if (value !== undefined) return { valueOfGoodAnswerUsd: value };
  if (rule?.kind === 'last')
    return 'maxQualityLoss' in rule.objective && certainty !== undefined
      ? { ...rule.objective, certainty }
      : rule.objective;
  throw unusable(
    'There is nothing to tune for: give --max-loss, --budget or --value, or let the route have such an objective.',
  );
}

/** Keeps the version in the configuration's store, as a candidate. */
async function keep(
  { config }: Ladder,
  version: NonNullable<Tuned['version']>,
): Promise<{ hash: string; words: string[] } | undefined> {
  if (config === undefined) {
    say('Without a configuration there is no store: the version is not kept (--out writes it to a file).');
    return undefined;
  }
  const { versions, close } = await openVersions(config);
  try {
    const { hash } = await keepVersion(versions, version, { by: 'weir tune', atMs: Date.now() });
    const active = (await versions.activeVersions()).get(version.route);
    const row = active === undefined || active === hash ? undefined : await versions.version(active);
    const before = row === undefined ? undefined : readVersion(row);
    return {
      hash,
      words: [
        '',
        `Kept as version ${hash}, a candidate.`,
        ...(before !== undefined && 'version' in before ? describeVersionDiff(before.version, version) : []),
        `Put it in force: weir versions promote ${hash}`,
      ],
    };
  } finally {
    await close();
  }
}
