import { fileURLToPath } from 'node:url';
import { parseConfig } from '../../config/load/load.ts';
import type { Config, ConfigInput } from '../../config/schema/schema.ts';
import { renderConfig } from '../../config/init/write.ts';
import { indexTraceFile, type RecordedQuestions } from '../../gateway/gateway.ts';

const RECORDINGS = fileURLToPath(new URL('../../../demo/traces.jsonl.gz', import.meta.url));

const TIERS = ['small', 'medium', 'large'] as const;

/** In proportion to the models' parameters (135 M, 494 M, 1.54 B), in USD per million tokens: nobody sells these answers. */
const PRICES: Readonly<Record<(typeof TIERS)[number], number>> = {
  small: 0.0135,
  medium: 0.0494,
  large: 0.154,
};

/** What `demo/thresholds.ts` finds for a score at most .05 lower. On a grid, without a certificate: never called certified. */
const THRESHOLDS = [0.5, 0.65];

/** The name of the upstream that answers from the recordings. */
export const RECORDED_UPSTREAM = 'recorded';

/** What serves where nothing else is found: recorded answers of three real models. */
export interface Demonstration {
  config: Config;
  /** Questions that all three models answered. */
  questions: RecordedQuestions;
}

const INPUT: ConfigInput = {
  upstreams: {
    // `.invalid` can never be a server (RFC 6761): these answers come from a file.
    [RECORDED_UPSTREAM]: { baseUrl: 'http://recorded.invalid/v1', location: 'on-premises' },
  },
  models: Object.fromEntries(
    TIERS.map((name) => [
      name,
      {
        upstream: RECORDED_UPSTREAM,
        model: name,
        price: { input: PRICES[name], output: PRICES[name] },
        logprobs: 'stream',
      },
    ]),
  ),
  routes: { auto: { serves: ['*'], tiers: [...TIERS], objective: { thresholds: THRESHOLDS } } },
};

/** The demonstration's configuration; its store is `weir.db` in `folder`, as it would be for any other. */
export function demonstrationConfig(folder: string): Config {
  const loaded = parseConfig(renderConfig(INPUT), { file: 'the demonstration', folder, environment: {} });
  if (!loaded.ok) throw new Error(loaded.problems.map(({ message }) => message).join('; '));
  return loaded.config;
}

/** @throws {Error} where the recordings are missing or damaged. */
export function recordedQuestions(): Promise<RecordedQuestions> {
  return indexTraceFile(RECORDINGS, TIERS);
}

/** @throws {Error} where the recordings are missing or damaged. */
export async function loadDemonstration(folder: string): Promise<Demonstration> {
  return { config: demonstrationConfig(folder), questions: await recordedQuestions() };
}
