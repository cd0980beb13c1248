import { WeirError } from '../../errors.ts';

/** Ends a command with a message for the user. Exit code 1: it failed; 2: its arguments or its configuration cannot be used. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exitCode: 1 | 2;

  constructor(message: string, exitCode: 1 | 2) {
    super(message);
    this.exitCode = exitCode;
  }
}

export const failed = (message: string): CommandError => new CommandError(message, 1);
export const unusable = (message: string): CommandError => new CommandError(message, 2);

/** @throws {CommandError} with exit code 1 in place of a {@link WeirError}, whose message is written for users. */
export async function refusing<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof WeirError) throw failed(error.message);
    throw error;
  }
}

/**
 * Opens a store, or a part of one, works with it, and closes it whatever happens.
 * @throws {CommandError} as {@link refusing}.
 */
export function withOpen<Opened extends { close(): Promise<void> }, Result>(
  open: () => Promise<Opened>,
  work: (opened: Opened) => Promise<Result>,
): Promise<Result> {
  return refusing(async () => {
    const opened = await open();
    try {
      return await work(opened);
    } finally {
      await opened.close();
    }
  });
}
