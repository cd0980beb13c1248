const HIDDEN = '[redacted]';

/** Shorter texts are not credentials, and would be found inside ordinary words. */
const MIN_CHARACTERS = 6;

/** What looks like a credential, whether or not it is one of ours: a header's, a provider's key, a JSON web token. */
const TOKENS: readonly [RegExp, string][] = [
  [/\b(Bearer\s+)(?=\S*\d)[\w.~+/=-]{8,}/gi, `$1${HIDDEN}`],
  [/\b(?:sk|gsk|hf|weir|xai|key)[-_][\w-]{16,}/g, HIDDEN],
  [/\beyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?/g, HIDDEN],
];

/** Takes out what looks like a credential. */
export function withoutTokens(text: string): string {
  return TOKENS.reduce((shown, [token, hidden]) => shown.replaceAll(token, hidden), text);
}

/**
 * Takes credentials out of any text that an upstream sent or that is about it: servers repeat a wrong key in their error
 * messages. A credential is found as it is, within JSON, and within a URL; what only looks like one goes too.
 */
export function createRedactor(secrets: readonly string[]): (text: string) => string {
  const forms = new Set(
    secrets
      // `Bearer sk-…` hides the scheme's word with the key, and the key alone as well.
      .flatMap((secret) => [secret, secret.replace(/^\S+\s+/, '')])
      .filter((secret) => secret.length >= MIN_CHARACTERS)
      .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)]),
  );
  const longestFirst = [...forms].toSorted((a, b) => b.length - a.length);
  return (text) =>
    withoutTokens(longestFirst.reduce((shown, secret) => shown.replaceAll(secret, HIDDEN), text));
}
