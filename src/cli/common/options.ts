/** Arguments and options that several commands take: the same flags are described in the same words everywhere. */

import { CONFIG_FILE } from '../../format/command-line.ts';

export const CONFIG_OPTION = [
  '--config <file>',
  `configuration file (default: ${CONFIG_FILE} in the current folder, if it exists)`,
] as const;

/** For commands that need no more of a configuration than its store. */
export const STORE_CONFIG_OPTION = [
  '--config <file>',
  `configuration file that names the store (default: ${CONFIG_FILE}, or else the store weir.db in the current folder)`,
] as const;

export const ROUTE_OPTION = ['--route <name>', 'name of the route', 'auto'] as const;
export const ONLY_ROUTE_OPTION = ['--route <name>', 'include only this route'] as const;
export const JSON_OPTION = ['--json', 'print one JSON document', false] as const;
export const STRICT_OPTION = [
  '--strict',
  'refuse a file with bad lines, and name each, instead of skipping them',
  false,
] as const;

export const SINCE_VALUES = "a date or an age: '2026-11-01', '24h', '7d'";

export const TRACES = 'recorded questions with scores: JSON Lines, gzipped if the name ends in .gz';
