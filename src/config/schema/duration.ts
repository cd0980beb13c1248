import { z } from 'zod';

const MILLISECONDS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
const PATTERN = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/;

/** Longer ones overflow a timer, which then fires at once. */
const MAX_MS = 2 ** 31 - 1;

const EXPECTED = "it must be a number with a unit, such as '250ms', '5s', '1m' or '2h'";

/** Reads a duration as whole milliseconds; undefined if the text is not a duration. */
export function parseDuration(text: string): number | undefined {
  const [, amount, unit] = PATTERN.exec(text) ?? [];
  const factor = unit === undefined ? undefined : MILLISECONDS[unit];
  return factor === undefined ? undefined : Math.round(Number(amount) * factor);
}

/** The shortest text that {@link parseDuration} reads as these whole milliseconds. */
export function formatDuration(ms: number): string {
  const unit = ['h', 'm', 's'].find((name) => ms > 0 && ms % (MILLISECONDS[name] ?? 1) === 0) ?? 'ms';
  return `${ms / (MILLISECONDS[unit] ?? 1)}${unit}`;
}

/** A duration in the file, whole milliseconds in the program; `0ms` only if the range includes it. */
export function durationSchema({ atLeastMs = 1 }: { atLeastMs?: number } = {}) {
  return z
    .string({ error: (issue) => (issue.input === undefined ? undefined : EXPECTED) })
    .transform((text, context) => {
      const ms = parseDuration(text);
      if (ms !== undefined && ms >= atLeastMs && ms <= MAX_MS) return ms;
      const range = `it must be between ${formatDuration(atLeastMs)} and 24 days`;
      context.addIssue({ code: 'custom', message: ms === undefined ? EXPECTED : range });
      return z.NEVER;
    });
}
