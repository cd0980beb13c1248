import { Command } from 'commander';
import { register as registerCheck } from './check.ts';
import { register as registerReplay } from './replay.ts';

/** The command line of `weir`. It throws `CommanderError` and {@link CommandError}, and never ends the process itself. */
export function createProgram(): Command {
  const program = new Command('weir')
    .description('A gateway for language models: a small model answers first, and only the questions it would get wrong go on to a larger one.')
    .exitOverride()
    .showSuggestionAfterError()
    .showHelpAfterError('(weir --help lists the commands)')
    .helpCommand(false);
  registerCheck(program);
  registerReplay(program);
  return program;
}
