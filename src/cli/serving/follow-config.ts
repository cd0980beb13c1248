import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import { loadConfig } from '../../config/load/load.ts';
import { formatProblem } from '../../config/load/problem.ts';
import type { Config } from '../../config/schema/schema.ts';
import { counted } from '../../format/counted.ts';
import type { Gateway } from '../../gateway/gateway.ts';
import { say } from '../common/output.ts';

/** The file is polled: that works on every file system, and with symbolic links that change their target. */
const POLL_INTERVAL_MS = 500;
/** An editor may still be writing, so the file is read only after it has been unchanged this long. */
const REST_MS = 200;

export interface FollowOptions {
  file: string;
  gateway: Pick<Gateway, 'reconfigure'>;
  environment: Readonly<Record<string, string | undefined>>;
  log: { error(fields: object, message: string): void; level?: string };
  /** Applies what the command line sets instead of the file. */
  override(config: Config): Config;
}

/** Applies the configuration file as it is now, completely or not at all, and prints the outcome. */
export async function applyConfig({
  file,
  gateway,
  environment,
  log,
  override,
}: FollowOptions): Promise<void> {
  const loaded = loadConfig(file, environment);
  let problems = loaded.ok ? [] : loaded.problems;
  if (loaded.ok) {
    const result = await gateway.reconfigure(override(loaded.config));
    if ('taken' in result) {
      loaded.warnings.forEach((warning) => say(`warning: ${formatProblem(warning)}`));
      return say(
        result.taken.length === 0
          ? `${file} was read again. Nothing changed.`
          : `${file} was applied: ${result.taken.join(', ')}.`,
      );
    }
    problems = loaded.place(result.refused);
  }
  const lines = problems.map(formatProblem);
  const what = `${file} was not applied (${counted(lines.length, 'problem')}). The previous configuration stays in force.`;
  tell(log, lines, what);
}

/** Applies the file whenever it changes, and on SIGHUP. @returns a function that stops this. */
export function followConfig(options: FollowOptions): () => void {
  const { file, log } = options;
  let resting: NodeJS.Timeout | undefined;
  let seen = textOf(file);
  const apply = (): void => {
    clearTimeout(resting);
    seen = textOf(file);
    applyConfig(options).catch((error: unknown) => {
      const why = error instanceof Error ? error.message : String(error);
      tell(log, [why], `${file} was not applied. The previous configuration stays in force.`);
    });
  };
  const onChange = (): void => {
    clearTimeout(resting);
    resting = setTimeout(() => {
      if (textOf(file) !== seen) apply();
    }, REST_MS);
  };
  watchFile(file, { interval: POLL_INTERVAL_MS, persistent: false }, onChange);
  process.on('SIGHUP', apply);
  return () => {
    clearTimeout(resting);
    unwatchFile(file, onChange);
    process.off('SIGHUP', apply);
  };
}

/** Once: for the person at a terminal as lines, else in the log, which goes to the same place. */
function tell(log: FollowOptions['log'], lines: readonly string[], what: string): void {
  if (process.stderr.isTTY || log.level === 'silent') [...lines, what].forEach(say);
  else log.error({ error: lines.join('\n') }, what);
}

/** The file's text, to notice changes; a file that disappeared has changed too. */
function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
