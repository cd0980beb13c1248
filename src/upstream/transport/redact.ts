const HIDDEN = '[redacted]';

/** Shorter texts are not credentials, and would be found inside ordinary words. */
const MIN_CHARACTERS = 6;

/** What looks like a credential, whether or not it is one of ours: a header's, a provider's key. */
const TOKENS: readonly [RegExp, string][] = [
  [/\b((?:Bearer|Basic)\s+)(?=[^\s\d]*\d)[\w.~+/=-]{8,}/gi, `$1${HIDDEN}`],
  [/\b(?:sk|gsk|hf|weir|xai|key)[-_][\w-]{16,}/g, HIDDEN],
];

/** What a JSON web token is made of, and how it begins. A run is taken whole, so that no character is looked at again and again. */
const RUN = /[\w.-]+/g;
const TOKEN_BEGINS = /\beyJ[\w-]{8}/;

/** Takes out what looks like a credential. In time that is linear in the text. */
export function withoutTokens(text: string): string {
  const shown = TOKENS.reduce((left, [token, hidden]) => left.replaceAll(token, hidden), text);
  return shown.includes('eyJ') ? shown.replaceAll(RUN, withoutWebTokens) : shown;
}

/** A run of parts between points: a token is a part that begins as one, with up to two that follow. */
function withoutWebTokens(run: string): string {
  const parts = run.split('.');
  const shown: string[] = [];
  for (let position = 0; position < parts.length; position += 1) {
    const part = parts[position] ?? '';
    const found = position + 1 < parts.length ? TOKEN_BEGINS.exec(part) : null;
    if (found === null) shown.push(part);
    else {
      shown.push(part.slice(0, found.index) + HIDDEN);
      position += 2;
    }
  }
  return shown.join('.');
}

/** How a credential looks inside of what is encoded in base64, wherever in it the credential begins. */
function inBase64(secret: string): string[] {
  return [0, 1, 2].flatMap((before) => {
    const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(secret)]);
    const whole = Math.floor(bytes.length / 3) * 4;
    // The first and last characters depend on what stands around it.
    const inner = bytes.toString('base64').slice(before === 0 ? 0 : before + 1, whole);
    return inner.length < MIN_CHARACTERS ? [] : [inner, inner.replaceAll('+', '-').replaceAll('/', '_')];
  });
}

/**
 * Takes credentials out of any text that an upstream sent or that is about it: servers repeat a wrong key in their error
 * messages. A credential is found as it is, within JSON, within a URL, in hexadecimal and in base64; what only looks like one goes too.
 */
export function createRedactor(secrets: readonly string[]): (text: string) => string {
  const forms = new Set(
    secrets
      // `Bearer sk-…` hides the scheme's word with the key, and the key alone as well.
      .flatMap((secret) => [secret, secret.replace(/^\S+\s+/, '')])
      .filter((secret) => secret.length >= MIN_CHARACTERS)
      .flatMap((secret) => [
        secret,
        JSON.stringify(secret).slice(1, -1),
        encodeURIComponent(secret.toWellFormed()),
        Buffer.from(secret).toString('hex'),
        ...inBase64(secret),
      ]),
  );
  const longestFirst = [...forms].toSorted((a, b) => b.length - a.length);
  return (text) =>
    withoutTokens(longestFirst.reduce((shown, secret) => shown.replaceAll(secret, HIDDEN), text));
}
