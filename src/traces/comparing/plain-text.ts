/**
 * Characters that mean the same as what NFKC makes of them: wide and half-width forms, ligatures, forms of Arabic letters.
 * Not superscripts, fractions or circled digits, of which it would make other numbers: `2³` is not `23`.
 */
const COMPATIBLE = /[\ufb00-\ufb06\ufb1d-\ufdff\ufe70-\ufefc\uff01-\uffef]+/g;
/** Dashes that are written for a minus or a hyphen; an em dash sets words apart. */
const HYPHENS = /[\u2010-\u2013\u2212]/g;

/** A text with one way of writing what is the same in every script: nothing is left out but white space at the ends of lines. */
export function plainText(text: string): string {
  return text
    .normalize('NFC')
    .replace(COMPATIBLE, (part) => part.normalize('NFKC'))
    .replace(/\r\n?/g, '\n')
    .replace(/[\u00a0\u2007\u2009\u202f](?=\d{3}(?!\d))/g, '\u202f')
    .replace(/[^\S\n\u202f]/g, ' ')
    .replace(HYPHENS, '-')
    .replace(/[‘’]/g, "'")
    .replace(/[“”«»„]/g, '"')
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
    .trim();
}

/** Without the Markdown that sets off a whole stretch of words. Stars between digits stay: `10**3` is a power. */
export function withoutMarkup(text: string): string {
  return text
    .replace(/(?<![\p{L}\p{N}*])\*\*(?=[^\s*])([^*\n]*)(?<=[^\s*])\*\*(?![\p{L}\p{N}*])/gu, '$1')
    .replace(/(?<![\p{L}\p{N}*])\*(?=[^\s*])([^*\n]*)(?<=[^\s*])\*(?![\p{L}\p{N}*])/gu, '$1')
    .replace(/(?<![\p{L}\p{N}_])_(?=[^\s_])([^_\n]*)(?<=[^\s_])_(?![\p{L}\p{N}_])/gu, '$1')
    .replace(/(?<![\p{L}\p{N}`])`([^`\n]+)`(?![\p{L}\p{N}`])/gu, '$1');
}

/** A layout that carries meaning: code, indented lines, tables. Such texts are the same only letter for letter. */
export function isLaidOut(text: string): boolean {
  return /```|~~~|^(?: {2,}|\t| *\|)/m.test(text);
}

/** What a fence encloses, if it encloses the whole text; else the text. */
export function unfenced(text: string): string {
  const [, inside] = /^```[\w+-]*\n([^]*)\n```$/.exec(text) ?? [];
  return inside === undefined || inside.includes('```') ? text : inside;
}
