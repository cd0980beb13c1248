import type { FetchJson, Server } from '../../upstream/servers/server.ts';
import { createFetchJson } from './fetch-json.ts';
import type { FetchLimits } from './fetch-json.ts';
import type { Fetch } from '../../upstream/transport/server-fetch.ts';
import { localAddresses } from './local-addresses.ts';

/** A server that was found, the models that it offers for chats, and those that are no use here. */
export interface FoundServer extends Pick<Server, 'chatModels' | 'leftOut'> {
  /** `ollama`, `lm-studio`, `vllm`, `llama.cpp`, …; `weir` is a gateway like this one. */
  kind: string;
  /** Where its OpenAI-compatible API begins. */
  baseUrl: string;
}

/** Recognises a server by the shape of its answers; undefined if it is none that Weir knows. */
export type Identify = (
  baseUrl: string,
  fetchJson: FetchJson,
) => Promise<Omit<FoundServer, 'baseUrl'> | undefined>;

/** The servers of this machine. */
export interface Found {
  servers: FoundServer[];
  /** Sentences: where Weir looked, and what it could not use. */
  notes: string[];
}

/** A server on the same machine lists its models in milliseconds; a port that hangs must not delay the start. */
const LIMITS = { timeoutMs: 1_500, totalMs: 5_000, maxBytes: 4 * 1_048_576 };

/** Looks at the usual ports of this machine, all at once. Contacts no other machine, and never throws. */
export async function detect({
  environment,
  identify,
  fetch,
  limits = LIMITS,
}: {
  environment: Readonly<Record<string, string | undefined>>;
  identify: Identify;
  fetch: Fetch;
  limits?: FetchLimits;
}): Promise<Found> {
  const { addresses, notes } = localAddresses(environment);
  const answers = await Promise.all(
    addresses.map(async ({ baseUrl }): Promise<FoundServer[]> => {
      const identified = await identify(baseUrl, createFetchJson(fetch, limits)).catch(() => undefined);
      return identified === undefined ? [] : [{ baseUrl, ...identified }];
    }),
  );
  const servers = answers.flat();
  const looked = addresses.map(({ usual, baseUrl }) => `${usual} (${new URL(baseUrl).host})`).join(', ');
  return {
    servers,
    notes: [...notes, ...(servers.length === 0 ? [`No model server answered. Weir tried ${looked}.`] : [])],
  };
}
