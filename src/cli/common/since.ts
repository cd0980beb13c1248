import { InvalidArgumentError } from 'commander';
import { parseDuration } from '../../config/schema/duration.ts';
import { DAY_MS } from '../../format/time.ts';

const DAYS = /^(\d+)d$/;
const DATE = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2}))?$/;

/** Reads a date, or an age such as `24h` or `7d`, as milliseconds since 1970. */
export function parseSince(text: string, now = Date.now()): number {
  const [, days] = DAYS.exec(text) ?? [];
  const ago = days === undefined ? parseDuration(text) : Number(days) * DAY_MS;
  if (ago !== undefined) return now - ago;
  const at = DATE.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(at)) return at;
  throw new InvalidArgumentError(
    "It must be a date (UTC), such as '2026-11-01', or an age, such as '24h' or '7d'.",
  );
}
