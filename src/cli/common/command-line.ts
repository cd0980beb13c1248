import { CONFIG_FILE } from './options.ts';

/** A checkout does not put `weir` on the path; an installed package does, and runs from JavaScript. */
const WEIR = import.meta.filename.endsWith('.ts') ? 'npm run -s weir --' : 'weir';

/** What a shell takes as one word, without quotes. */
const PLAIN_WORD = /^[\w./@:+-]+$/;

/**
 * A command for the user to run next, in backticks, as it can be pasted here: `versions list` becomes `weir versions list`.
 * @param config the configuration that the present command was given; the next one has to name it, too.
 */
export function commandLine(words: string, config?: string): string {
  const named = config === undefined || config === CONFIG_FILE ? '' : ` --config ${shellWord(config)}`;
  return `\`${WEIR} ${words}${named}\``;
}

function shellWord(text: string): string {
  return PLAIN_WORD.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
