import { UpstreamError } from '../upstream.ts';

/**
 * What a failed call says of its server.
 * - `unreachable`: nothing could be sent. No request can be the cause.
 * - `ill`: it answered with an error of its own, with what is no answer, or broke off. One client's requests may be the cause.
 * - `silent`: nothing came in time. The answer may be long.
 * - `key_refused`: it lives, and takes none of our calls.
 * - `alive`: it turned this request away, for what the request or the configuration is.
 * - `nothing`: it asks for a slower pace, or takes long over an answer that has begun.
 */
export type Sign = 'unreachable' | 'ill' | 'silent' | 'key_refused' | 'alive' | 'nothing';

/** @param inStream the answer had begun. */
export function signOf(error: unknown, inStream: boolean): Sign {
  if (!(error instanceof UpstreamError)) return 'ill';
  const { blames, failure } = error;
  const { code, status, unbilled } = failure;
  if (blames === 'request') return 'alive';
  if (blames === 'load') return 'nothing';
  if (code === 'upstream_credentials') return 'key_refused';
  if (status === undefined && unbilled === true) return 'unreachable';
  if (code === 'upstream_timeout') return inStream ? 'nothing' : 'silent';
  // An unknown model, a wrong path, a redirect.
  if (status !== undefined && status >= 300 && status < 500) return 'alive';
  return 'ill';
}
