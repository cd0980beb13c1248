import type { SseEvent } from '../openai/sse.ts';
import type { ErrorCode } from '../errors.ts';

/** One call of a model: the body is the JSON text that goes on the wire, already adapted to the model. */
export interface UpstreamRequest {
  /** The upstream's own name for the model: the circuit breaker's second key. */
  model: string;
  body: string;
  stream: boolean;
  requestId: string;
  /** Aborts the call, and with it the upstream's socket, at once. */
  signal: AbortSignal;
}

/** A good answer (status 200). Headers are lower-cased. */
export type UpstreamReply =
  | { kind: 'json'; headers: Record<string, string>; text: string }
  | {
      kind: 'stream';
      headers: Record<string, string>;
      /** Ends after `[DONE]` or at the end of the body; throws {@link UpstreamError} when the stream breaks. */
      events: AsyncIterable<SseEvent>;
    };

export interface UpstreamModel {
  id: string;
  /** Tokens, where the server says so. */
  contextTokens?: number;
  /** The server's own line, whole. */
  raw: Record<string, unknown>;
}

/** A server that speaks the OpenAI API, or something that behaves like one. */
export interface Upstream {
  readonly name: string;
  readonly location: 'on-premises' | 'cloud';
  /** @throws {UpstreamError} and nothing else. */
  chat(request: UpstreamRequest): Promise<UpstreamReply>;
  /** What `GET /models` lists. @throws {UpstreamError} */
  models(signal: AbortSignal): Promise<UpstreamModel[]>;
  /** False while the circuit breaker of this model is open. */
  available(model: string): boolean;
  close(): Promise<void>;
}

/** The same upstream but for what is given. */
export function wrap(upstream: Upstream, changes: Pick<Upstream, 'chat'> & Partial<Upstream>): Upstream {
  return {
    name: upstream.name,
    location: upstream.location,
    models: (signal) => upstream.models(signal),
    available: (model) => upstream.available(model),
    close: () => upstream.close(),
    ...changes,
  };
}

export interface UpstreamFailure {
  code: ErrorCode;
  message: string;
  /** Upstream's status, where there was an answer. */
  status?: number;
  /** Upstream's error body, where it was JSON: passed on for the client's own mistakes. */
  body?: unknown;
  retryAfterMs?: number;
  /** No byte of an answer had come, and the request cannot have been acted on twice. */
  safeToRepeat: boolean;
}

/** Every way in which an upstream can fail, in the client's terms. Messages never hold a credential. */
export class UpstreamError extends Error {
  readonly failure: UpstreamFailure;
  constructor(failure: UpstreamFailure, cause?: unknown) {
    super(failure.message, cause === undefined ? undefined : { cause });
    this.name = 'UpstreamError';
    this.failure = failure;
  }
}
