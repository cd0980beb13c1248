import { confirm, isCancel } from '@clack/prompts';
import type { CloudProvider } from '../../config/init/cloud.ts';
import { failed } from './exit.ts';

/** Asks a person whether questions may go to a provider; `hasLocal`: a model on this machine would be asked first. */
export type AskCloud = (provider: CloudProvider, hasLocal: boolean) => Promise<boolean>;

/** What a person is asked: where the questions go, which of them, and what that means. */
export function cloudQuestion({ title, variable, model }: CloudProvider, hasLocal: boolean): string {
  const about = hasLocal
    ? `${variable} is set. May questions that no model on this machine answers well`
    : `${variable} is set, and no model was found on this machine. May all questions`;
  return `${about} go to ${title} (${model})? They leave this machine, and cost money.`;
}

/**
 * No is the answer of somebody who just presses return.
 * @throws {CommandError} for who leaves: then nothing is to be done at all.
 */
export const askAtTerminal: AskCloud = async (provider, hasLocal) => {
  const answer = await confirm({
    message: cloudQuestion(provider, hasLocal),
    initialValue: false,
    // Standard output is for results.
    output: process.stderr,
  });
  if (isCancel(answer)) throw failed('cancelled; nothing was written or started');
  return answer;
};

/** Whether somebody sits there who can be asked. */
export function isAtTerminal(): boolean {
  return process.stdin.isTTY && process.stderr.isTTY;
}
