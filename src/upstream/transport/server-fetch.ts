import { fetch } from 'undici';
import { openConnections, type ReachOptions } from './connections.ts';

/** The part of the standard `fetch` that is needed to read what a server says of itself. */
export type Fetch = (
  url: string,
  init: {
    method: 'GET' | 'POST';
    headers: Record<string, string>;
    body?: string;
    signal: AbortSignal;
    redirect: 'error';
  },
) => Promise<Response>;

/** A fetch that reaches one server as calls of its models do. */
export interface ServerFetch {
  fetch: Fetch;
  close(): Promise<void>;
}

/** @param baseUrl of the server; nothing else is fetched. */
export function openServerFetch(baseUrl: string, reach: ReachOptions): ServerFetch {
  const { dispatcher } = openConnections(new URL(baseUrl).origin, reach);
  return {
    fetch: (url, init) => fetch(url, { ...init, dispatcher }),
    close: () => dispatcher.destroy(),
  };
}
