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

/** Whether only programs of this machine can reach the host (RFC 1122: 127.0.0.0/8; RFC 4291: ::1; RFC 6761: localhost). */
export function isLoopback(host: string): boolean {
  const address = host
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/^::ffff:(?=\d+\.)/, '');
  if (isIP(address) === 4) return address.startsWith('127.');
  if (isIP(address) === 6) return new URL(`http://[${address}]/`).hostname === '[::1]';
  return address === 'localhost' || address.endsWith('.localhost');
}

export const listenSchema = z.string().transform((text, context): Listen => {
  const listen = parseListen(text);
  if (listen !== undefined) return listen;
  context.addIssue({ code: 'custom', message: EXPECTED });
  return z.NEVER;
});
