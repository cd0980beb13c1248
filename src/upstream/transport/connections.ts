import { getCACertificates } from 'node:tls';
import { getProxyForUrl } from 'proxy-from-env';
import { Client, Pool, ProxyAgent, type Dispatcher } from 'undici';
import { isLoopback } from './loopback.ts';

/** The connections to one server. */
export interface Connections {
  origin: string;
  dispatcher: Dispatcher;
  /** They go through a proxy. */
  isProxied: boolean;
}

/** A handler that is told which connection carries it. */
export interface ConnectionAware extends Dispatcher.DispatchHandler {
  connection: CountedConnection | undefined;
}

/**
 * One connection of a pool, which counts the answers it has carried: a request that dies on a connection which has
 * answered before has most likely met the server's closing of an idle connection, and has not been acted on.
 */
export class CountedConnection extends Client {
  /** Answers begun since the socket connected. */
  answered = 0;

  constructor(origin: URL, options: Client.Options) {
    super(origin, options);
    this.on('connect', () => {
      this.answered = 0;
    });
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    if ('connection' in handler) handler.connection = this;
    return super.dispatch(options, handler);
  }
}

/** How a server is reached. */
export interface ReachOptions {
  connectMs: number;
  /** URL of a proxy, or `none`; absent: as the environment says. */
  proxy?: string;
  /** Certificates in PEM, trusted beside Node's own. */
  ca?: string;
}

/** In `ReachOptions.proxy`: no proxy, whatever the environment says. */
export const NO_PROXY = 'none';

/**
 * Kept-alive connections to one origin, as many as there are calls at a time: bounding them is the queue's job. HTTP/1.1
 * only, so that aborting a call closes its own socket and no other call's. Through a proxy where one is configured or the
 * environment names one: a tunnel to servers that speak TLS, forwarded requests to others.
 */
export function openConnections(origin: string, { connectMs, proxy, ca }: ReachOptions): Connections {
  const trusted = ca === undefined ? {} : { ca: [...getCACertificates(), ca] };
  const makePool = (url: string | URL, options: object): Pool =>
    new Pool(url, {
      ...options,
      allowH2: false,
      factory: (to, more) => new CountedConnection(to, more),
    });
  const through = proxy === NO_PROXY ? undefined : (proxy ?? proxyOfEnvironment(origin));
  if (through === undefined)
    return {
      origin,
      dispatcher: makePool(origin, { connect: { timeout: connectMs, ...trusted } }),
      isProxied: false,
    };
  const dispatcher = new ProxyAgent({
    uri: through,
    proxyTunnel: false,
    allowH2: false,
    connectTimeout: connectMs,
    requestTls: trusted,
    proxyTls: trusted,
    factory: makePool,
  });
  return { origin, dispatcher, isProxied: true };
}

/**
 * The proxy that `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` name for an origin. Servers on this machine are never
 * reached through one.
 */
function proxyOfEnvironment(origin: string): string | undefined {
  if (isLoopback(new URL(origin).hostname)) return undefined;
  const proxy = getProxyForUrl(origin);
  return proxy === '' ? undefined : proxy;
}
