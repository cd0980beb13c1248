import { Client, Pool, type Dispatcher } from 'undici';

/** A handler that wants to know the connection which carries it. */
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

/**
 * A pool of kept-alive connections to one origin, as many as there are calls at a time: bounding them is the queue's
 * job. HTTP/1.1 only, so that aborting a call closes its socket, and nobody else's.
 */
export function createPool(origin: string, connectMs: number): Pool {
  return new Pool(origin, {
    connect: { timeout: connectMs },
    allowH2: false,
    factory: (url, options) => new CountedConnection(url, options),
  });
}
