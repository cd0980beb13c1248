import { InvalidArgumentError } from 'commander';
import { parseDuration } from '../../config/schema/duration.ts';

const DAY = /^(\d+)d$/;
const DATE = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2}))?$/;

/** A moment as milliseconds since 1970: a date, or how long ago, such as `24h` or `7d`. */
export function parseSince(text: string, now = Date.now()): number {
  const [, days] = DAY.exec(text) ?? [];
  const ago = days === undefined ? parseDuration(text) : Number(days) * 86_400_000;
  if (ago !== undefined) return now - ago;
  const at = DATE.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(at)) return at;
  throw new InvalidArgumentError(
    "It must be a date, such as '2026-11-01' (UTC), or how long ago, such as '24h' or '7d'.",
  );
}
