import { Argument, type Command } from 'commander';
import { print } from '../common/output.ts';
import { completionScript, SHELLS, type Completed, type Shell } from './completion-script.ts';

export function registerCompletion(program: Command): void {
  program
    .command('completion')
    .description(
      'Print a script that completes commands and options of `weir` in a shell. For bash: `source <(weir completion bash)`.',
    )
    .addArgument(new Argument('<shell>', 'shell to complete in').choices(SHELLS))
    .action((shell: Shell) => print(completionScript(shell, describeCommands(program))));
}

/** The program and every command, with what may follow each. */
function describeCommands(command: Command, words: readonly string[] = []): Completed[] {
  const own = {
    words,
    commands: command.commands.map((child) => ({
      name: child.name(),
      about: child.summary() || child.description(),
    })),
    options: command
      .createHelp()
      .visibleOptions(command)
      .map(({ long, description, required, optional }) => ({
        name: long ?? '',
        about: description,
        takesValue: required || optional,
      })),
  };
  return [own, ...command.commands.flatMap((child) => describeCommands(child, [...words, child.name()]))];
}
