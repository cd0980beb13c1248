import { headerOf, type Incoming } from '../wire/http-message.ts';
import type { Reply } from '../wire/reply.ts';

/** What a listed web page may read; nothing for any other. Only with keys: without them no page may call at all. */
export function corsHeaders(
  origins: readonly string[],
  headers: Incoming['headers'],
): Record<string, string> {
  if (origins.length === 0) return {};
  const origin = headerOf(headers, 'origin');
  if (origin === undefined || !origins.includes(origin)) return { vary: 'Origin' };
  return { 'access-control-allow-origin': origin, 'access-control-expose-headers': '*', vary: 'Origin' };
}

/** The answer to a browser that asks first (Fetch standard, CORS preflight). */
export function answerPreflight(origins: readonly string[], headers: Incoming['headers']): Reply {
  const allowed = corsHeaders(origins, headers);
  const isAllowed = 'access-control-allow-origin' in allowed;
  return {
    status: 204,
    body: null,
    headers: {
      ...allowed,
      ...(isAllowed
        ? {
            'access-control-allow-methods': 'GET, POST',
            'access-control-allow-headers':
              headerOf(headers, 'access-control-request-headers') ?? 'authorization, content-type',
            'access-control-max-age': '600',
          }
        : {}),
    },
  };
}
