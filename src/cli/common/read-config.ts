import { existsSync } from 'node:fs';
import { loadConfig } from '../../config/load/load.ts';
import { formatProblem } from '../../config/load/problem.ts';
import type { Config } from '../../config/schema/schema.ts';
import { unusable } from './exit.ts';
import { say } from './output.ts';

/** The file that is used where none is named. */
export const CONFIG_FILE = 'weir.yaml';

/**
 * The configuration of a file; its warnings are said.
 * @throws {CommandError} with every problem of the file.
 */
export function readConfig(file: string): Config {
  const loaded = loadConfig(file, process.env);
  if (!loaded.ok) throw unusable(loaded.problems.map(formatProblem).join('\n'));
  for (const warning of loaded.warnings) say(formatProblem(warning));
  return loaded.config;
}

/** The named file, or the folder's `weir.yaml` where there is one. */
export function findConfig(file: string | undefined): string | undefined {
  return file ?? (existsSync(CONFIG_FILE) ? CONFIG_FILE : undefined);
}
