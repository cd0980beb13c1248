import { WeirError } from '../errors.ts';
import { headerOf, type Incoming } from '../wire/http-message.ts';

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/i;

/**
 * What keeps web pages from spending money through a gateway without keys, on every method and path: the Host must be
 * this machine with our port (DNS rebinding), no page of another origin may call, and nothing may have been forwarded.
 * @throws {WeirError} `forbidden_host` or `forbidden_origin`
 */
export function guardWithoutKeys(headers: Incoming['headers'], port: number | undefined): void {
  const host = headerOf(headers, 'host') ?? '';
  if (port === undefined || !isOurs(host, port)) {
    throw new WeirError(
      'forbidden_host',
      `Without API keys the gateway answers only as localhost, 127.0.0.1 or [::1] with its own port; make keys (\`weir keys create\`) to use it under another name.`,
    );
  }
  for (const name in headers) {
    if (name === 'forwarded' || name.startsWith('x-forwarded-')) {
      throw new WeirError(
        'forbidden_host',
        `Without API keys the gateway answers nothing that was forwarded ('${name}'); make keys (\`weir keys create\`) to put it behind a proxy.`,
      );
    }
  }
  const origin = headerOf(headers, 'origin');
  if (origin !== undefined && !isOurs(origin.replace(/^https?:\/\//, ''), port)) throw foreign();
  const site = headerOf(headers, 'sec-fetch-site');
  if (site === 'cross-site' || site === 'same-site') throw foreign();
}

function isOurs(host: string, port: number): boolean {
  const colon = host.lastIndexOf(':');
  const hasPort = colon > host.lastIndexOf(']');
  const name = hasPort ? host.slice(0, colon) : host;
  const given = hasPort ? host.slice(colon + 1) : '80';
  return given === String(port) && LOOPBACK.test(name);
}

function foreign(): WeirError {
  return new WeirError(
    'forbidden_origin',
    'Without API keys no web page may call the gateway; make keys (`weir keys create`) and list the page in `cors.origins`.',
  );
}

/** A body that a web form can send is no request of a program; a compressed one is not unpacked. @throws {WeirError} `unsupported_media_type` */
export function requireJson(headers: Incoming['headers']): void {
  const [type = ''] = (headerOf(headers, 'content-type') ?? '').split(';');
  const encoding = headerOf(headers, 'content-encoding') ?? 'identity';
  if (encoding.toLowerCase() !== 'identity') {
    throw new WeirError(
      'unsupported_media_type',
      `Send the body as it is: 'content-encoding: ${encoding.slice(0, 40)}' is not taken.`,
    );
  }
  if (type.trim().toLowerCase() === 'application/json') return;
  throw new WeirError(
    'unsupported_media_type',
    `Send the body as 'content-type: application/json'; ${type === '' ? 'there was none' : `it came as '${type.trim().slice(0, 40)}'`}.`,
  );
}
