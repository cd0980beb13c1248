import { z } from 'zod';

const PATTERN = /^(\d+(?:\.\d+)?) ?%$/;

const EXPECTED = "it must be a share such as '5%' or 0.05, from 0 to 1";

/** Reads `5%` or `0.05` as a share within [0, 1]; undefined where the text is neither. */
export function shareOfText(text: string): number | undefined {
  const [, percent] = PATTERN.exec(text) ?? [];
  // As the percentage is written: 7 ÷ 100 is not 0.07 in every binary fraction, but the same text is always the same share.
  const share =
    percent === undefined ? (/^\d*\.?\d+$/.test(text) ? Number(text) : NaN) : Number(percent) / 100;
  return share >= 0 && share <= 1 ? share : undefined;
}

/** A share in the file, a number within [0, 1] in the program. */
export function shareSchema() {
  return z
    .union([z.number(), z.string()], {
      error: (issue) => (issue.input === undefined ? undefined : EXPECTED),
    })
    .transform((given, context) => {
      const share = shareOfText(String(given));
      if (share !== undefined) return share;
      context.addIssue({ code: 'custom', message: EXPECTED });
      return z.NEVER;
    });
}
