import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import { loadConfig } from '../../config/load/load.ts';
import { formatProblem } from '../../config/load/problem.ts';
import type { Config } from '../../config/schema/schema.ts';
import type { Gateway } from '../../gateway/gateway.ts';
import { say } from '../common/output.ts';

/** Asked for by its stat: that works on every file system, and through links that are pointed elsewhere. */
const LOOK_EVERY_MS = 500;
/** An editor may still be writing: the file is read once it has rested. */
const REST_MS = 200;

export interface FollowOptions {
  file: string;
  gateway: Pick<Gateway, 'reconfigure'>;
  environment: Readonly<Record<string, string | undefined>>;
  log: { error(fields: object, message: string): void };
  /** What the command line sets in place of the file. */
  override(config: Config): Config;
}

/** Takes what a configuration file says now, whole or not at all, and says which. */
export async function takeConfig({
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
      loaded.warnings.forEach((warning) => say(formatProblem(warning)));
      return say(
        result.taken.length === 0
          ? `${file} was read again: nothing changed.`
          : `${file} was taken: ${result.taken.join(', ')}.`,
      );
    }
    problems = loaded.place(result.refused);
  }
  const lines = problems.map(formatProblem);
  lines.forEach((line) => say(line));
  const what = `${file} was not taken (${lines.length} problem${lines.length === 1 ? '' : 's'}); the configuration before it stays in force.`;
  say(what);
  log.error({ error: lines.join('\n') }, what);
}

/** Takes the file when it changes, and on SIGHUP. @returns what ends that. */
export function followConfig(options: FollowOptions): () => void {
  const { file, log } = options;
  let resting: NodeJS.Timeout | undefined;
  let seen = textOf(file);
  const take = (): void => {
    clearTimeout(resting);
    seen = textOf(file);
    takeConfig(options).catch((error: unknown) => {
      const why = error instanceof Error ? error.message : String(error);
      say(`${file} was not taken: ${why}`);
      log.error({ error: why }, `${file} was not taken; the configuration before it stays in force.`);
    });
  };
  const onChange = (): void => {
    clearTimeout(resting);
    resting = setTimeout(() => {
      if (textOf(file) !== seen) take();
    }, REST_MS);
  };
  watchFile(file, { interval: LOOK_EVERY_MS, persistent: false }, onChange);
  process.on('SIGHUP', take);
  return () => {
    clearTimeout(resting);
    unwatchFile(file, onChange);
    process.off('SIGHUP', take);
  };
}

/** To tell whether it changed; a file that is not there is a change too. */
function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
