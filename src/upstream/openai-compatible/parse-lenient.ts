/**
 * A server's JSON, also where it holds `NaN`, `Infinity` or `-Infinity`, which Python's servers write for numbers that JSON
 * does not have: they become `null`.
 * @returns `mended`: the text as JSON, where it was none.
 * @throws {SyntaxError} where it is no JSON for another reason.
 */
export function parseLenient(text: string): { value: unknown; mended?: string } {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch (error) {
    const mended = withoutNonNumbers(text);
    if (mended === undefined) throw error;
    return { value: JSON.parse(mended) as unknown, mended };
  }
}

/** Strings are passed over as a whole, so that their words stay. */
const STRING_OR_NON_NUMBER = /"[^"\\]*(?:\\[\s\S][^"\\]*)*"|-?\b(?:NaN|Infinity)\b/g;

function withoutNonNumbers(text: string): string | undefined {
  if (!text.includes('NaN') && !text.includes('Infinity')) return undefined;
  return text.replace(STRING_OR_NON_NUMBER, (found) => (found.startsWith('"') ? found : 'null'));
}
