import { awaitedObjective } from '../../routing/rules/rules.ts';
import { statSync } from 'node:fs';
import { basename } from 'node:path';
import type { Command } from 'commander';
import { defined } from '../../defined.ts';
import { isoDay, isoTime } from '../../format/time.ts';
import { keepVersion, readVersion } from '../../learning/versions/kept-version.ts';
import { madeFrom } from '../../learning/versions/made-from.ts';
import { applyVersion } from '../../routing/apply-version.ts';
import type { Policy } from '../../routing/policy.ts';
import { versionTiers } from '../../routing/version.ts';
import { describeVersionDiff } from '../../learning/versions/version-words.ts';
import { tune, type Tuned, type TuneOptions } from '../../learning/tuning/tune.ts';
import type { Target } from '../common/choose-target.ts';
import { openSaying } from '../common/open-store.ts';
import { failed, unusable, withOpen } from '../common/exit.ts';
import { chooseLadder, layOut, unusableOnRange, type ChosenLadder } from './ladder-arguments.ts';
import { addLadderOptions, type LadderOptions } from './ladder-options.ts';
import { JSON_OPTION, TRACES } from '../common/options.ts';
import { printJson, printLines, say } from '../common/output.ts';
import { policyAsTold } from '../common/read-config.ts';
import { readQuestions } from './read-questions.ts';
import { describeTuned } from './tuned-words.ts';
import { writeResult } from '../common/write-result.ts';

interface Options extends LadderOptions {
  out?: string;
  dryRun: boolean;
  json: boolean;
}

export function registerTune(program: Command): void {
  const command = program
    .command('tune')
    .description(
      'Find a policy for a route from recorded questions and certify it. Fit confidence, gain and costs on some of the questions, solve for the best policy at every price of quality, and choose the one that meets the objective on the other questions. Print the frontier, what is promised and on how many labels, and store the policy as a version, which `weir versions promote` puts in force. If nothing can be certified, say why and how many more labels it would take.',
    )
    .argument('<traces>', TRACES);
  addLadderOptions(command)
    .option('--out <file>', 'also write the version to this file')
    .option('--dry-run', 'do not store the version', false)
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      `
Examples:
  Lose at most 2 % of quality, certified:
    $ weir tune traces.jsonl.gz --max-loss 0.02 --certainty 0.9
  Spend a tenth of a cent per request on average:
    $ weir tune traces.jsonl.gz --budget 0.001`,
    )
    .action(run);
}

async function run(file: string, options: Options): Promise<void> {
  const ladder = await chooseLadder(options);
  const traces = await readQuestions(file, options.strict);
  const table = await layOut(file, traces, ladder.tiers, options.prices);
  const { target, route } = ladder;
  const asked = target === undefined ? ladder.tiers : (await policyAsTold(target.config, route)).tiers;
  const made = madeFrom(traces, asked);
  const tuned = unusableOnRange(() =>
    tune(table, { ...tuneOptions(file, ladder, options), tiers: made.tiers }),
  );
  const { version } = tuned;
  const kept = version === undefined || options.dryRun ? undefined : await keep(ladder, version);
  if (version !== undefined && options.out !== undefined)
    writeResult(options.out, `${JSON.stringify(version, undefined, 2)}\n`);
  if (options.json) {
    const { frontier, furtherLabels, why } = tuned;
    printJson(
      defined({
        file,
        route: ladder.route,
        frontier,
        furtherLabels,
        why,
        doubts: made.doubts,
        version,
        hash: kept?.hash,
      }),
    );
  } else {
    printLines(
      describeTuned(
        tuned,
        ladder.tiers.map(({ name }) => name),
        table.leftOutWords,
      ),
    );
    if (made.doubts.length > 0 && version !== undefined)
      printLines([
        '',
        ...made.doubts,
        ...(version.certificate === undefined
          ? []
          : [
              'So the certificate does not hold for this route until an operator states that they are its own.',
            ]),
      ]);
    if (kept !== undefined) printLines(kept.words);
  }
  if (version === undefined)
    throw failed(options.json ? (tuned.why ?? 'No policy meets the objective.') : 'No version was made.');
}

/** How to tune on a trace file; `testShare` of its questions are set aside for a report. */
export function tuneOptions(
  file: string,
  { route, tiers, policy }: ChosenLadder,
  options: LadderOptions,
  testShare = 0,
): TuneOptions {
  return {
    route,
    tiers: versionTiers(tiers),
    objective: objectiveOf(options, policy?.rule),
    seed: options.seed,
    fitShare: options.fitShare,
    crossFit: options.crossFit,
    testShare,
    source: {
      name: basename(file),
      dates: [isoDay(statSync(file).mtimeMs)],
      scorer: options.scorer,
    },
    createdAt: isoTime(Date.now()),
  };
}

const CERTAINTY = 0.9;

/** The objective of the command line, or else the route's. */
export function objectiveOf(
  { maxLoss, certainty, budget, value }: Pick<LadderOptions, 'maxLoss' | 'certainty' | 'budget' | 'value'>,
  rule: Policy['rule'] | undefined,
): TuneOptions['objective'] {
  if (maxLoss !== undefined) return { maxQualityLoss: maxLoss, certainty: certainty ?? CERTAINTY };
  if (budget !== undefined) return { budgetUsdPerRequest: budget };
  if (value !== undefined) return { valueOfGoodAnswerUsd: value };
  const objective = rule === undefined ? undefined : awaitedObjective(rule);
  if (objective !== undefined)
    return 'maxQualityLoss' in objective && certainty !== undefined ? { ...objective, certainty } : objective;
  throw unusable(
    'There is no objective to tune for. Use --max-loss, --budget or --value, or give the route such an objective.',
  );
}

/** Stores the version in the configuration's store, as a candidate. */
async function keep(
  { target }: ChosenLadder,
  version: NonNullable<Tuned['version']>,
): Promise<{ hash: string; words: string[] } | undefined> {
  if (target === undefined) {
    say(
      'The version was not stored, because --tiers names the models: a version belongs to a route of a configuration. --out writes it to a file.',
    );
    return undefined;
  }
  return withOpen(
    () => openSaying(target.config.store),
    async (store) => {
      const { hash } = await keepVersion(store, version, { by: 'weir tune', atMs: Date.now() });
      const active = (await store.activeVersions()).get(version.route);
      const row = active === undefined || active === hash ? undefined : await store.version(active);
      const before = row === undefined ? undefined : readVersion(row);
      return {
        hash,
        words: [
          '',
          `Stored as version ${hash}, a candidate.`,
          ...(before !== undefined && 'version' in before
            ? describeVersionDiff(before.version, version)
            : []),
          ...promotionWords(target, await policyAsTold(target.config, version.route), { hash, version }),
        ],
      };
    },
  );
}

/** How the version is put in force; or what stands against that in the configuration, and what to write there first. */
function promotionWords(
  { file, typed }: Target,
  policy: Policy,
  { hash, version }: { hash: string; version: NonNullable<Tuned['version']> },
): string[] {
  const promote = typed(`versions promote ${hash}`);
  const { obstacle } = applyVersion(policy, { hash, read: { version } });
  if (obstacle === undefined) return [`To put it in force, run ${promote}.`];
  const stands = `It cannot be put in force as the route is configured: ${obstacle}.`;
  if (file === undefined)
    return [
      `${stands} The demonstration's route is fixed; write a configuration of your own with ${typed('init')}.`,
    ];
  const objective = Object.entries(version.rule.objective).map(([key, value]) => `${key}: ${value}`);
  return [
    `${stands} Set \`routes.${policy.route}.objective\` to \`{ ${objective.join(', ')} }\` in ${file} if that is what stands against it, then run ${promote}.`,
  ];
}
