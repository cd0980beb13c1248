import { isIP } from 'node:net';
import { z } from 'zod';

export interface Listen {
  /** A name or an address; IPv6 without brackets. */
  host: string;
  /** 0 lets the system choose. */
  port: number;
}

const EXPECTED = "it must be HOST:PORT, such as '127.0.0.1:8787' or '[::1]:8787'";

/** Reads `HOST:PORT`; undefined if the text has another form. */
export function parseListen(text: string): Listen | undefined {
  const [, bracketed, plain, digits] =
    /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9.-]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  if (host === undefined || port > 65_535 || (bracketed !== undefined && isIP(bracketed) !== 6))
    return undefined;
  return { host, port };
}

export const listenSchema = z.string().transform((text, context): Listen => {
  const listen = parseListen(text);
  if (listen !== undefined) return listen;
  context.addIssue({ code: 'custom', message: EXPECTED });
  return z.NEVER;
});
