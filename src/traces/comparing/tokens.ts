/** A word, a number or a sign of a text, in its order. */
export interface Token {
  kind: 'word' | 'number' | 'sign';
  text: string;
}

/**
 * A number with its sign and all that stands in it (`-1,234.5`, `14:05`, `3/4`, `2024-03-03`, `.5`, `5k`), a word with the
 * marks within it (`don't`, `e-mail`), or any other sign.
 */
const TOKEN =
  /(?:(?<![\p{L}\p{M}\p{N})\]_])[-+])?(?:(?<![\p{L}\p{M}\p{N}])\.(?=\d))?[\p{L}\p{M}\p{N}](?:[eE][-+](?=\d)|[\p{L}\p{M}\p{N}\u200c\u200d]|[.'@_-](?=[\p{L}\p{M}\p{N}])|(?<=\p{Nd})[,:/\u202f](?=\p{Nd}))*|[^\s]/gu;

export function tokensOf(text: string): Token[] {
  return Array.from(text.matchAll(TOKEN), ([found]): Token => {
    if (!/[\p{L}\p{N}]/u.test(found)) return { kind: 'sign', text: found };
    return { kind: /\p{N}/u.test(found) ? 'number' : 'word', text: found };
  });
}

/** Words and numbers in their order, in lower case, between spaces: to look for some that stand together. */
export function plainWords(text: string): string {
  return ` ${tokensOf(text)
    .filter(({ kind }) => kind !== 'sign')
    .map((token) => token.text.toLowerCase())
    .join(' ')} `;
}

/** The token as it is compared: a word that begins with a capital as without it, for sentences begin so. */
export function comparable({ kind, text }: Token): string {
  return kind === 'word' && text.length > 1 && text.slice(1) === text.slice(1).toLowerCase()
    ? text.toLowerCase()
    : text;
}

export function isSign(token: Token | undefined, signs: string): boolean {
  return token?.kind === 'sign' && signs.includes(token.text);
}
