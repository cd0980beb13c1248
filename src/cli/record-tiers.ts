import { parseConfig } from '../config/load.ts';
import { formatProblem } from '../config/problem.ts';
import { createResolver } from '../config/resolve.ts';
import type { Config } from '../config/schema.ts';
import { renderConfig } from '../config/write.ts';
import type { RecordTier } from '../learning/record.ts';
import { unusable } from './exit.ts';

/** A server to be asked, as the command line names it. */
export interface TierArgument {
  name: string;
  baseUrl: string;
  /** The server's name for the model. */
  model: string;
}

/** `NAME=URL[,MODEL]`; the model is called as the tier where none is named. Undefined where the text is no such thing. */
export function parseTier(text: string): TierArgument | undefined {
  const [, name, baseUrl, model] = /^([^=]+)=(https?:\/\/[^,\s]+)(?:,(.+))?$/.exec(text) ?? [];
  return name === undefined || baseUrl === undefined ? undefined : { name, baseUrl, model: model ?? name };
}

/** The configuration that asks these servers, each for its one model. @throws {CommandError} where a name or URL is unusable. */
export function tierConfig(tiers: readonly TierArgument[]): Config {
  const names = tiers.map(({ name }) => name);
  const input = {
    upstreams: Object.fromEntries(tiers.map(({ name, baseUrl }) => [name, { baseUrl, location: 'on-premises' as const }])),
    models: Object.fromEntries(tiers.map(({ name, model }) => [name, { upstream: name, model: model.replaceAll('${', '$${') }])),
    routes: { auto: { tiers: names, ...(names.length > 1 ? { objective: { thresholds: names.slice(1).map(() => 1) } } : {}) } },
  };
  const loaded = parseConfig(renderConfig(input), { file: '--tier', folder: '.', environment: {} });
  if (loaded.ok) return loaded.config;
  throw unusable(loaded.problems.map(({ path, message }) => formatProblem({ file: '--tier', path, message })).join('\n'));
}
