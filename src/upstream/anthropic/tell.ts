import { UpstreamError } from '../upstream.ts';

/** What the API cannot be told, though the answer depends on it: the tier cannot have the request. */
export function cannotBeTold(upstream: string, what: string): UpstreamError {
  return new UpstreamError({
    code: 'upstream_rejected',
    message: `Upstream '${upstream}' speaks Anthropic's Messages, which cannot be asked for ${what}.`,
    safeToRepeat: false,
    unbilled: true,
  });
}
