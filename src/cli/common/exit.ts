/** A command that ends with a sentence for the user: 1, it failed; 2, its arguments or configuration are unusable. */
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
