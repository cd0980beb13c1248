import { UpstreamError } from '../upstream.ts';

/** What the provider cannot be told, though the answer depends on it: the tier cannot have the request. */
export function cannotBeSaid(upstream: string, what: string): UpstreamError {
  return new UpstreamError({
    code: 'upstream_rejected',
    message: `Upstream '${upstream}' is reached through the AI SDK, which cannot ask it for ${what}.`,
    safeToRepeat: false,
    unbilled: true,
  });
}
