/** How far long work has come. */
export interface Progress {
  update(done: number, total: number): void;
  /** Takes the line away; may be called twice. */
  end(): void;
}

const WIDTH = 30;

/**
 * One line that is written over, on a terminal; nothing where standard error is piped. Not the bar of @clack/prompts: that
 * one ends the process with 0 at Ctrl-C, and work that was stopped is not done.
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
