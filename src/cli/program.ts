import { readFileSync } from 'node:fs';
import { Command, Help, type Option } from 'commander';
import { asCalled } from '../format/command-line.ts';

/** A command as `weir --help` lists it. The rest of it is read when it is called, so that none waits for what the others need. */
interface Listed {
  name: string;
  summary: string;
  /** Its own file, which adds the command with its options to the program. */
  load: () => Promise<(program: Command) => void>;
  /** It tells of all the others, so they are read too. */
  needsAll?: true;
}

/** Every command, in groups as `weir --help` lists them. A new command is added here. */
const COMMANDS: readonly (readonly [group: string, commands: readonly Listed[]])[] = [
  [
    'Run a gateway:',
    [
      {
        name: 'serve',
        summary: 'run the gateway',
        load: async () => (await import('./serving/serve.ts')).registerServe,
      },
      {
        name: 'init',
        summary: 'write weir.yaml for the models of this machine',
        load: async () => (await import('./serving/init.ts')).registerInit,
      },
      {
        name: 'check',
        summary: 'validate the configuration and say what each route would do',
        load: async () => (await import('./serving/check.ts')).registerCheck,
      },
      {
        name: 'doctor',
        summary: 'test every model of the configuration',
        load: async () => (await import('./serving/doctor.ts')).registerDoctor,
      },
      {
        name: 'keys',
        summary: 'create, list and revoke API keys',
        load: async () => (await import('./serving/keys.ts')).registerKeys,
      },
      {
        name: 'alarms',
        summary: 'test who is told of alarms',
        load: async () => (await import('./serving/alarms.ts')).registerAlarms,
      },
      {
        name: 'migrate',
        summary: "update the store's tables to this version of Weir",
        load: async () => (await import('./serving/migrate.ts')).registerMigrate,
      },
      {
        name: 'backup',
        summary: 'copy the store to a file, while the gateway runs',
        load: async () => (await import('./serving/backup.ts')).registerBackup,
      },
      {
        name: 'restore',
        summary: 'put a backup in the place of the store',
        load: async () => (await import('./serving/restore.ts')).registerRestore,
      },
      {
        name: 'completion',
        summary: 'print a script that completes commands in your shell',
        load: async () => (await import('./serving/completion.ts')).registerCompletion,
        needsAll: true,
      },
    ],
  ],
  [
    'Learn from traffic:',
    [
      {
        name: 'learning',
        summary: 'show what each route has learned and what it still needs',
        load: async () => (await import('./learning/learning.ts')).registerLearning,
      },
      {
        name: 'rollout',
        summary: 'let the policy of a route decide more of its conversations, fewer, or none',
        load: async () => (await import('./learning/rollout.ts')).registerRollout,
      },
      {
        name: 'versions',
        summary: 'list, show, compare, promote and roll back versions of routes',
        load: async () => (await import('./learning/versions.ts')).registerVersions,
      },
      {
        name: 'review',
        summary: 'judge answers, starting where your verdict is worth most',
        load: async () => (await import('./learning/review.ts')).registerReview,
      },
      {
        name: 'labels',
        summary: 'import the right answers to questions',
        load: async () => (await import('./learning/labels.ts')).registerLabels,
      },
      {
        name: 'export',
        summary: "write the store's history as recorded questions",
        load: async () => (await import('./measuring/export.ts')).registerExport,
      },
    ],
  ],
  [
    'Work with recorded questions:',
    [
      {
        name: 'estimate',
        summary: 'ask a small model questions of a log, and say what it would save',
        load: async () => (await import('./estimating/estimate.ts')).registerEstimate,
      },
      {
        name: 'record',
        summary: 'ask every tier a file of questions and keep the answers',
        load: async () => (await import('./measuring/record.ts')).registerRecord,
      },
      {
        name: 'replay',
        summary: 'show what a route would have done with recorded questions',
        load: async () => (await import('./measuring/replay.ts')).registerReplay,
      },
      {
        name: 'calibrate',
        summary: 'fit a confidence model on recorded questions and measure it',
        load: async () => (await import('./measuring/calibrate.ts')).registerCalibrate,
      },
      {
        name: 'tune',
        summary: 'find a policy for a route from recorded questions and certify it',
        load: async () => (await import('./measuring/tune.ts')).registerTune,
      },
      {
        name: 'report',
        summary: 'write a page that shows what a route saves and loses',
        load: async () => (await import('./measuring/report.ts')).registerReport,
      },
      {
        name: 'bench',
        summary: 'compare policies on recorded questions over many random splits',
        load: async () => (await import('./measuring/bench.ts')).registerBench,
      },
      {
        name: 'savings',
        summary: 'estimate what a cascade saves, from prices alone',
        load: async () => (await import('./measuring/savings.ts')).registerSavings,
      },
    ],
  ],
];

/** The version of the package, which lies beside the sources as well as beside what is built from them. */
function ownVersion(): string {
  const file = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

/** Leaves out "(default: false)" and "(default: [])", which tell a reader nothing. */
function describeOption(option: Option): string {
  const { defaultValue, description } = option;
  const isEmpty = defaultValue === false || (Array.isArray(defaultValue) && defaultValue.length === 0);
  return isEmpty ? description : new Help().optionDescription(option);
}

/** Points at the help of the command whose arguments were wrong, and names commands as they are called here. */
function pointAtHelp(command: Command, name: string): void {
  command.showHelpAfterError(`(Run \`${name} --help\` for help.)`);
  command.configureOutput({
    writeOut: (text) => void process.stdout.write(asCalled(text)),
    writeErr: (text) => void process.stderr.write(asCalled(text)),
  });
  for (const child of command.commands) pointAtHelp(child, `${name} ${child.name()}`);
}

/**
 * The command line of `weir`. It throws `CommanderError` and `CommandError`, and never ends the process itself.
 * @param only the command to read; the others are listed by name alone. Where it is left out, all are read.
 */
export async function createProgram(only?: { command: string | undefined }): Promise<Command> {
  const program = new Command('weir')
    .description(
      'A gateway for language models: a small model answers first, and only the questions it would get wrong go on to a larger one.',
    )
    .version(ownVersion(), '--version', 'print the version')
    // After a command, `--version` is an option of that command.
    .enablePositionalOptions()
    .exitOverride()
    .showSuggestionAfterError()
    .helpOption('-h, --help', 'show this help')
    .helpCommand(false)
    .configureHelp({ optionDescription: describeOption })
    .addHelpText('after', '\nRun `weir COMMAND --help` to see the options of a command.');
  const called = COMMANDS.flatMap(([, commands]) => commands).find(({ name }) => name === only?.command);
  const readAll = only === undefined || called?.needsAll === true;
  for (const [group, commands] of COMMANDS) {
    program.commandsGroup(group);
    for (const { name, summary, load } of commands) {
      if (readAll || only.command === name) (await load())(program);
      else program.command(name);
      program.commands.find((command) => command.name() === name)?.summary(summary);
    }
  }
  pointAtHelp(program, program.name());
  return program;
}
