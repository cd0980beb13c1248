import type { Keyring } from '../access/keys.ts';
import type { HttpContext } from '../request/context.ts';

/** Whose key stands in an `Authorization` header. */
export function createAuthenticate(
  keys: Pick<Keyring, 'authenticate' | 'required'>,
): HttpContext['authenticate'] {
  return async (authorization) => {
    const [, bearer] = /^Bearer +(\S+) *$/i.exec(authorization ?? '') ?? [];
    const caller = bearer === undefined ? undefined : await keys.authenticate(bearer);
    if (caller !== undefined) return caller;
    return (await keys.required()) ? 'invalid' : 'not-required';
  };
}
