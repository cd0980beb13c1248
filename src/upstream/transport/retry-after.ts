/**
 * How long the upstream asks to be left alone, in milliseconds; undefined where it does not say.
 * Reads `retry-after-ms` (OpenAI, Azure), then `retry-after` as seconds or as an HTTP date (RFC 9110 §10.2.3).
 * @param now milliseconds since the epoch: an HTTP date is a point in time.
 */
export function parseRetryAfter(headers: Readonly<Record<string, string>>, now: number): number | undefined {
  const milliseconds = seconds(headers['retry-after-ms']);
  if (milliseconds !== undefined) return milliseconds;
  const text = headers['retry-after'];
  const amount = seconds(text);
  if (amount !== undefined) return amount * 1_000;
  // Anything with a letter is tried as a date: Date.parse would read '-5' as a year.
  const date = text !== undefined && /[a-z]/i.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

function seconds(text: string | undefined): number | undefined {
  return text !== undefined && /^\s*\d+(\.\d+)?\s*$/.test(text) ? Number(text) : undefined;
}
