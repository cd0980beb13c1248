import { readFileSync } from 'node:fs';
import { Command, Help, type Option } from 'commander';
import { asCalled } from '../format/command-line.ts';
import { registerLabels } from './learning/labels.ts';
import { registerLearning } from './learning/learning.ts';
import { registerReview } from './learning/review.ts';
import { registerVersions } from './learning/versions.ts';
import { registerBench } from './measuring/bench.ts';
import { registerCalibrate } from './measuring/calibrate.ts';
import { registerExport } from './measuring/export.ts';
import { registerRecord } from './measuring/record.ts';
import { registerReplay } from './measuring/replay.ts';
import { registerReport } from './measuring/report.ts';
import { registerSavings } from './measuring/savings.ts';
import { registerTune } from './measuring/tune.ts';
import { registerAlarms } from './serving/alarms.ts';
import { registerCheck } from './serving/check.ts';
import { registerDoctor } from './serving/doctor.ts';
import { registerInit } from './serving/init.ts';
import { registerKeys } from './serving/keys.ts';
import { registerMigrate } from './serving/migrate.ts';
import { registerServe } from './serving/serve.ts';

/** Every command, in groups as `weir --help` lists them. A new command is added here. */
const COMMANDS: readonly (readonly [group: string, commands: readonly ((program: Command) => void)[]])[] = [
  [
    'Run a gateway:',
    [
      registerServe,
      registerInit,
      registerCheck,
      registerDoctor,
      registerKeys,
      registerAlarms,
      registerMigrate,
    ],
  ],
  [
    'Learn from traffic:',
    [registerLearning, registerVersions, registerReview, registerLabels, registerExport],
  ],
  [
    'Work with recorded questions:',
    [
      registerRecord,
      registerReplay,
      registerCalibrate,
      registerTune,
      registerReport,
      registerBench,
      registerSavings,
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

/** The command line of `weir`. It throws `CommanderError` and `CommandError`, and never ends the process itself. */
export function createProgram(): Command {
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
  for (const [group, commands] of COMMANDS) {
    program.commandsGroup(group);
    for (const register of commands) register(program);
  }
  pointAtHelp(program, program.name());
  return program;
}
