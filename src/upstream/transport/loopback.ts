import { isIP } from 'node:net';

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
