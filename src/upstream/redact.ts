const HIDDEN = '[redacted]';

/** Shorter ones are no credentials, and would be found inside ordinary words. */
const MIN_CHARACTERS = 6;

/**
 * Takes credentials out of any text that an upstream sent or that is about it: servers repeat a wrong key in their error
 * messages. A credential is found as it is, within JSON, and within a URL.
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
  return (text) => longestFirst.reduce((shown, secret) => shown.replaceAll(secret, HIDDEN), text);
}
