import { confirm, isCancel, select } from '@clack/prompts';
import type { CloudProvider } from '../../config/init/cloud.ts';
import { harmless } from './columns.ts';
import { failed } from './exit.ts';

/** Asks the user whether prompts may go to a cloud provider. `hasLocal`: a model on this machine would be asked first. */
export type AskCloud = (provider: CloudProvider, hasLocal: boolean) => Promise<boolean>;

/** The question for the user: what would be sent, where to, and with what consequences. */
export function cloudQuestion({ title, variable, model }: CloudProvider, hasLocal: boolean): string {
  const what = hasLocal
    ? `${variable} is set. Send requests that no local model answers well`
    : `${variable} is set, and no model runs on this machine. Send every request`;
  return `${what} to ${title} (${model})? Those prompts leave this machine, and the calls cost money.`;
}

/**
 * Pressing return means no.
 * @throws {CommandError} if the user cancels: then the command must do nothing at all.
 */
export const askAtTerminal: AskCloud = async (provider, hasLocal) => {
  const answer = await confirm({
    message: cloudQuestion(provider, hasLocal),
    initialValue: false,
    // Standard output is reserved for results.
    output: process.stderr,
  });
  if (isCancel(answer)) throw failed('Cancelled. Nothing was written or started.');
  return answer;
};

/** Lets the user choose one of several. @returns its index. @throws {CommandError} if the user cancels. */
export async function chooseAtTerminal(message: string, labels: readonly string[]): Promise<number> {
  const options = labels.map((label, value) => ({ value, label: harmless(label) }));
  const chosen = await select({ message, options, output: process.stderr });
  if (isCancel(chosen)) throw failed('Cancelled. Nothing was done.');
  return chosen;
}

/** Asks for a yes; pressing return means no. @throws {CommandError} if the user cancels. */
export async function confirmAtTerminal(message: string): Promise<boolean> {
  const answer = await confirm({ message, initialValue: false, output: process.stderr });
  if (isCancel(answer)) throw failed('Cancelled.');
  return answer;
}

/** Whether the user can be asked: both ends are a terminal. */
export function isAtTerminal(): boolean {
  return process.stdin.isTTY && process.stderr.isTTY;
}
