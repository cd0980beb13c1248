/** Shows how much of a long task is done. */
export interface Progress {
  update(done: number, total: number): void;
  /** Removes the line; may be called more than once. */
  end(): void;
}

const WIDTH = 30;

/**
 * A single line that is overwritten on a terminal; nothing if standard error is piped. The progress bar of @clack/prompts is
 * not used because it exits with code 0 on Ctrl-C, although the work is unfinished.
 */
export function showProgress(title: string): Progress {
  const { stderr } = process;
  let shown = false;
  return {
    update(done, total) {
      if (!stderr.isTTY || total === 0) return;
      const filled = Math.round((done / total) * WIDTH);
      stderr.write(`\r${title} ${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)} ${done} of ${total}`);
      shown = true;
    },
    end() {
      if (shown) stderr.write('\r\u001b[K');
      shown = false;
    },
  };
}
