import { fileURLToPath } from 'node:url';
import { parseConfig } from '../../config/load/load.ts';
import type { Config, ConfigInput } from '../../config/schema/schema.ts';
import { renderConfig } from '../../config/init/write.ts';
import type { RecordedQuestions } from '../../gateway/gateway.ts';

const RECORDINGS = fileURLToPath(new URL('../../../demo/traces.jsonl.gz', import.meta.url));

const TIERS = ['small', 'medium', 'large'] as const;

/** US dollars per million tokens, in proportion to the models' parameters (135 M, 494 M, 1.54 B); these answers have no market price. */
const PRICES: Readonly<Record<(typeof TIERS)[number], number>> = {
  small: 0.0135,
  medium: 0.0494,
  large: 0.154,
};

/** Whose answers the recorded ones are; `demo/record.yaml` says the same. */
const IDENTITIES: Readonly<Record<(typeof TIERS)[number], string>> = {
  small: 'SmolLM2-135M-Instruct Q4_1',
  medium: 'Qwen2.5-Coder-0.5B-Instruct Q4',
  large: 'Qwen2.5-Coder-1.5B-Instruct Q4_K_M',
};

/** `demo/thresholds.ts` found these for a score at most .05 lower. They come from a grid, without a certificate, so they are never called certified. */
const THRESHOLDS = [0.5, 0.65];

/** The name of the upstream that answers from the recordings. */
export const RECORDED_UPSTREAM = 'recorded';

/** Recorded answers of three real models, served if nothing else is found. */
export interface Demonstration {
  config: Config;
  /** Questions that all three models answered. */
  questions: RecordedQuestions;
}

const INPUT: ConfigInput = {
  upstreams: {
    // The answers come from a file; a name under `.invalid` can never be a server (RFC 6761).
    [RECORDED_UPSTREAM]: { baseUrl: 'http://recorded.invalid/v1', location: 'on-premises' },
  },
  models: Object.fromEntries(
    TIERS.map((name) => [
      name,
      {
        upstream: RECORDED_UPSTREAM,
        model: name,
        identity: IDENTITIES[name],
        price: { input: PRICES[name], output: PRICES[name] },
        logprobs: 'stream',
      },
    ]),
  ),
  routes: { auto: { serves: ['*'], tiers: [...TIERS], objective: { thresholds: THRESHOLDS } } },
};

/** The demonstration's configuration. Its store is `weir.db` in `folder`, the default of every configuration. */
export function demonstrationConfig(folder: string): Config {
  const loaded = parseConfig(renderConfig(INPUT), { file: 'the demonstration', folder, environment: {} });
  if (!loaded.ok) throw new Error(loaded.problems.map(({ message }) => message).join('; '));
  return loaded.config;
}

/** @throws {Error} if the recordings are missing or damaged. */
export async function demonstrationQuestions(): Promise<RecordedQuestions> {
  // Most commands need only the configuration; the gateway is the larger half of the program.
  const { indexTraceFile } = await import('../../gateway/gateway.ts');
  return indexTraceFile(RECORDINGS, TIERS);
}

/** @throws {Error} if the recordings are missing or damaged. */
export async function loadDemonstration(folder: string): Promise<Demonstration> {
  return { config: demonstrationConfig(folder), questions: await demonstrationQuestions() };
}
