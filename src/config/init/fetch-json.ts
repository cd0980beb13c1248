import type { FetchJson } from '../../upstream/servers/server.ts';
import type { Fetch } from '../../upstream/transport/server-fetch.ts';

export interface FetchLimits {
  /** For one request. */
  timeoutMs: number;
  /** For all requests to one server. */
  totalMs: number;
  maxBytes: number;
}

async function readLimited(response: Response, maxBytes: number): Promise<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let text = '';
  let bytes = 0;
  for await (const piece of response.body ?? []) {
    if ((bytes += piece.length) > maxBytes) throw new RangeError(`more than ${maxBytes} bytes`);
    text += decoder.decode(piece, { stream: true });
  }
  return text + decoder.decode();
}

/** Rejects when the signal aborts: a fetch that ignores its signal must not hold up the rest. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const end = (): void => reject(new Error('took too long', { cause: signal.reason }));
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
}

/**
 * A {@link FetchJson} for one server. It limits time and size, so that the server cannot block or flood it, and follows no redirects.
 * @param own headers that go with every request, such as the server's key.
 */
export function createFetchJson(
  fetch: Fetch,
  { timeoutMs, totalMs, maxBytes }: FetchLimits,
  own: Readonly<Record<string, string>> = {},
): FetchJson {
  const total = AbortSignal.timeout(totalMs);
  return async (url, body) => {
    const ended = new AbortController();
    const signal = AbortSignal.any([total, ended.signal, AbortSignal.timeout(timeoutMs)]);
    const ask = async (): Promise<unknown> => {
      const response = await fetch(url, {
        method: body === undefined ? 'GET' : 'POST',
        headers: {
          ...own,
          accept: 'application/json',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal,
        redirect: 'error',
      });
      if (response.status !== 200) throw new Error(`status ${response.status}`);
      return JSON.parse(await readLimited(response, maxBytes));
    };
    try {
      return await Promise.race([ask(), aborted(signal)]);
    } finally {
      ended.abort();
    }
  };
}
