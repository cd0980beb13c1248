import { createFetchJson } from '../config/init/fetch-json.ts';
import type { Fetch } from '../upstream/transport/server-fetch.ts';
import type { Config, UpstreamConfig } from '../config/schema/schema.ts';
import { serverHash } from '../config/told.ts';
import type { ServedModelRow, SourceStore } from '../store/contract/source-rows.ts';
import { DEFAULT_DIALECT } from '../upstream/dialects.ts';
import { defined } from '../defined.ts';
import { openServerFetch } from '../upstream/transport/server-fetch.ts';
import { identify, toldOfModel } from '../upstream/servers/identify.ts';

/** A server that loads a model may answer late; nobody waits for this. */
const LIMITS = { timeoutMs: 10_000, totalMs: 30_000, maxBytes: 4 * 1_048_576 };

/** How long another model behind the same name may go unnoticed, where nothing else shows it. */
const EVERY_MS = 600_000;

export interface ServerReaderOptions {
  store: Pick<SourceStore, 'servedModels' | 'saveServedModels'>;
  /** The one in force. */
  config: () => Config;
  /** The name of an upstream that is no server. */
  skip: string | undefined;
  /** The store has something else than before. */
  onNews: () => Promise<void>;
}

export interface ServerReader {
  /** Reads once. @throws {WeirError} store_unavailable */
  read(): Promise<void>;
  /** Reads now, with every change of the configuration, and again from time to time, in the background. */
  watch(): void;
  /** The configuration is another one. */
  reconfigured(): void;
  close(): Promise<void>;
}

/** Keeps what servers tell of their models in the store. */
export function createServerReader({ store, config, skip, onNews }: ServerReaderOptions): ServerReader {
  const stopped = new AbortController();
  const { signal } = stopped;
  let timer: NodeJS.Timeout | undefined;
  /** One after another: each compares with what the one before has stored. */
  let last: Promise<void> = Promise.resolve();
  const once = async (): Promise<void> => {
    if (signal.aborted) return;
    const rows = await readServers(config(), { store, skip, signal, now: Date.now() });
    if (rows.length === 0 || signal.aborted) return;
    await store.saveServedModels(rows);
    await onNews();
  };
  const read = (): Promise<void> => {
    const reading = last.then(once);
    last = reading.catch(() => undefined);
    return reading;
  };
  // While the store fails, what is known stays, and readiness reports the failure.
  const readInBackground = (): void => void read().catch(() => undefined);
  return {
    read,
    watch() {
      timer ??= setInterval(readInBackground, EVERY_MS).unref();
      readInBackground();
    },
    reconfigured() {
      if (timer !== undefined) readInBackground();
    },
    async close() {
      clearInterval(timer);
      stopped.abort();
      await last;
    },
  };
}

/**
 * Reads what the servers of a configuration tell of its models: prompt template, quantisation, weights. Asks only servers on the
 * premises, and no model. A server that does not answer leaves what is known of it.
 * @returns what is new, for the store.
 */
async function readServers(
  config: Config,
  {
    store,
    skip,
    now,
    signal,
  }: {
    store: Pick<SourceStore, 'servedModels'>;
    skip: string | undefined;
    now: number;
    signal: AbortSignal;
  },
): Promise<ServedModelRow[]> {
  const known = await store.servedModels();
  const asked = Object.entries(config.upstreams).filter(
    ([name, { location, dialect }]) =>
      name !== skip && location === 'on-premises' && dialect === DEFAULT_DIALECT,
  );
  const found = await Promise.all(
    asked.map(([name, upstream]) =>
      readServer(name, upstream, config, signal).catch((): Omit<ServedModelRow, 'readAtMs'>[] => []),
    ),
  );
  const isNew = (row: Omit<ServedModelRow, 'readAtMs'>): boolean => {
    const before = known.find(({ upstream, model }) => upstream === row.upstream && model === row.model);
    return before?.details !== row.details || before.server !== row.server;
  };
  return found.flat().flatMap((row) => (isNew(row) ? [{ ...row, readAtMs: now }] : []));
}

async function readServer(
  name: string,
  upstream: UpstreamConfig,
  { models }: Config,
  stopped: AbortSignal,
): Promise<Omit<ServedModelRow, 'readAtMs'>[]> {
  const names = new Set(
    Object.values(models).flatMap(({ upstream: of, model }) => (of === name ? [model] : [])),
  );
  if (names.size === 0) return [];
  const { baseUrl, apiKey, headers, timeouts, proxy, ca } = upstream;
  const own = {
    ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey.reveal()}` }),
    ...Object.fromEntries(Object.entries(headers).map(([header, value]) => [header, value.reveal()])),
  };
  const { fetch, close } = openServerFetch(baseUrl, {
    connectMs: timeouts.connect,
    ...defined({ proxy: proxy?.reveal(), ca }),
  });
  const fetchUntilStopped: Fetch = (url, init) =>
    fetch(url, { ...init, signal: AbortSignal.any([init.signal, stopped]) });
  try {
    const server = await identify(baseUrl, createFetchJson(fetchUntilStopped, LIMITS, own), [...names]);
    if (server === undefined) return [];
    return [...names].map((model) => ({
      upstream: name,
      model,
      server: serverHash(upstream),
      details: JSON.stringify(toldOfModel(server, model)),
    }));
  } finally {
    await close();
  }
}
