/** The configuration that commands read where none is named. */
export const CONFIG_FILE = 'weir.yaml';

/** What a shell takes as one word, without quotes. */
const PLAIN_WORD = /^[\w./@:+-]+$/;

/**
 * How a person calls Weir here: as the launcher says it was called (`WEIR_COMMAND`). Without it, a checkout runs from TypeScript, where
 * no `weir` is on the path; of an installed package `npx` says so.
 */
export const CALLED_AS: string = process.env['WEIR_COMMAND'] ?? guessed();

function guessed(): string {
  if (import.meta.filename.endsWith('.ts')) return 'npm run -s weir --';
  return process.env['npm_lifecycle_event'] === 'npx' ? 'npx weir-gateway' : 'weir';
}

/**
 * A command for a person to run, in backticks, as it can be pasted here: `versions list` becomes `weir versions list`. Every command
 * that a message names is written by this function.
 * @param config the configuration that the present command was given; the next one has to name it, too.
 */
export function commandLine(words: string, config?: string): string {
  const named = config === undefined || config === CONFIG_FILE ? '' : ` --config ${shellWord(config)}`;
  return `\`${CALLED_AS} ${words}${named}\``;
}

/** A text of ours that names commands as `weir COMMAND`, such as a help, with each as it is called here. */
export function asCalled(text: string): string {
  return text.replaceAll(/(?<=`|\$ |Usage: )weir(?= )/g, () => CALLED_AS);
}

/** A text as one word of a shell. */
export function shellWord(text: string): string {
  return PLAIN_WORD.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
