import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { identifyServer } from '../gateway/gateway.ts';
import { register as registerBench } from './measuring/bench.ts';
import { register as registerCalibrate } from './measuring/calibrate.ts';
import { register as registerCheck } from './serving/check.ts';
import { register as registerDoctor } from './serving/doctor.ts';
import { register as registerExport } from './measuring/export.ts';
import { register as registerInit } from './serving/init.ts';
import { register as registerKeys } from './serving/keys.ts';
import { register as registerLabels } from './learning/labels.ts';
import { register as registerLearning } from './learning/learning.ts';
import { register as registerMigrate } from './serving/migrate.ts';
import { register as registerRecord } from './measuring/record.ts';
import { register as registerReport } from './measuring/report.ts';
import { register as registerReplay } from './measuring/replay.ts';
import { register as registerReview } from './learning/review.ts';
import { register as registerSavings } from './measuring/savings.ts';
import { register as registerServe } from './serving/serve.ts';
import { register as registerTune } from './measuring/tune.ts';
import { register as registerVersions } from './learning/versions.ts';

/** Of the package, beside the sources as beside what is built from them. */
function ownVersion(): string {
  const file = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

/** The command line of `weir`. It throws `CommanderError` and {@link CommandError}, and never ends the process itself. */
export function createProgram(): Command {
  const program = new Command('weir')
    .description(
      'A gateway for language models: a small model answers first, and only the questions it would get wrong go on to a larger one.',
    )
    .version(ownVersion(), '--version', 'print the version')
    // After a command `--version` is that command's own option.
    .enablePositionalOptions()
    .exitOverride()
    .showSuggestionAfterError()
    .showHelpAfterError('(weir --help lists the commands)')
    .helpCommand(false);
  registerServe(program);
  registerInit(program, { identify: identifyServer });
  registerCheck(program);
  registerDoctor(program);
  registerRecord(program);
  registerReplay(program);
  registerCalibrate(program);
  registerTune(program);
  registerBench(program);
  registerReport(program);
  registerSavings(program);
  registerVersions(program);
  registerLearning(program);
  registerReview(program);
  registerLabels(program);
  registerExport(program);
  registerKeys(program);
  registerMigrate(program);
  return program;
}
