import { createFetchJson } from './fetch-json.ts';
import type { Fetch, FetchJson, FetchLimits } from './fetch-json.ts';
import { localPlaces } from './places.ts';

/** A model that a server offers for chats. */
export interface OfferedModel {
  id: string;
  /** Prompt and answer together, where the server says so. */
  contextTokens?: number;
  parametersBillion?: number;
}

/** What a server is, and what it offers. */
export interface Identified {
  /** `ollama`, `lm-studio`, `vllm`, `llama.cpp`, …; `weir` is a gateway like this one. */
  kind: string;
  chatModels: readonly OfferedModel[];
  /** Models that are no use here, and why, in words that follow the name. */
  leftOut: readonly { id: string; reason: string }[];
}

/** Recognises a server by the shape of its answers; undefined where it is none that Weir knows. */
export type Identify = (baseUrl: string, fetchJson: FetchJson) => Promise<Identified | undefined>;

export interface FoundServer extends Identified {
  /** Where its OpenAI-compatible API begins. */
  baseUrl: string;
}

/** What runs on this machine. */
export interface Found {
  servers: FoundServer[];
  /** Sentences: where was looked, and what could not be used. */
  notes: string[];
}

/** A server on the same machine lists its models in milliseconds; a hanging port must not delay the start. */
const LIMITS = { timeoutMs: 1_500, totalMs: 5_000, maxBytes: 4 * 1_048_576 };

/** Looks at the usual ports of this machine, all at once. Asks nothing of any other machine, and never throws. */
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
  const { places, notes } = localPlaces(environment);
  const answers = await Promise.all(
    places.map(async ({ baseUrl }): Promise<FoundServer[]> => {
      const identified = await identify(baseUrl, createFetchJson(fetch, limits)).catch(() => undefined);
      return identified === undefined ? [] : [{ baseUrl, ...identified }];
    }),
  );
  const servers = answers.flat();
  const looked = places.map(({ usual, baseUrl }) => `${usual} (${new URL(baseUrl).host})`).join(', ');
  return { servers, notes: [...notes, ...(servers.length === 0 ? [`Nothing answered for ${looked}.`] : [])] };
}
