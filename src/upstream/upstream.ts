import type { SseEvent } from '../wire/sse.ts';
import type { ErrorCode } from '../errors.ts';
import type { Blame, Signals, Veto } from '../routing/attempt.ts';
import type { Need } from './needs.ts';
import type { MaxTokensField } from './asked-tier.ts';

/** One call of a model: the body is the JSON text that goes on the wire, already adapted to the model. */
export interface UpstreamRequest {
  /** The upstream's own name for the model: the circuit breaker's second key. */
  model: string;
  body: string;
  stream: boolean;
  /** Another path below the base URL than the one for chats. */
  path?: string;
  requestId: string;
  /** The id of the API key that asks, empty without keys; absent in calls of the gateway's own. */
  keyId?: string;
  /** Headers beside those of every call. */
  headers?: Readonly<Record<string, string>>;
  /** The last message asks for this signal of the answer in the message before it. */
  paid?: string;
  /** Set if there is an alternative to waiting: counted from the first try, no pause before another try ends later than this. */
  patienceMs?: number;
  /** A later tier can answer instead, or the answer can be done without: the server is given up earlier. */
  canGoOn?: boolean;
  /** Aborts the call, and with it the upstream's socket, at once. */
  signal: AbortSignal;
  /** Told of the bytes of an answer that is read as a whole, as they come; may abort the signal. */
  onBytes?: (bytes: number) => void;
  /** Set where this is no chat, but passed to another endpoint of the server. */
  passed?: PassedRequest;
}

/** A request that is passed through to an endpoint of a server, whose `path` it has, and its answer back. */
export interface PassedRequest {
  contentType: string;
  /** The body in the place of the text, where it is no JSON. */
  bytes?: Uint8Array;
  /** `json`: an answer is JSON or a stream of events; anything else is none. */
  answers: 'json' | 'any';
}

/** What a recording says of an answer that the wire has no place for: live traffic then sees what replay sees. */
export interface RecordedFacts {
  /** Signals by name, beside those that are made from the answer; for a paid signal itself, its value. */
  signals: Signals;
  /** Paid signals that were recorded for this answer. */
  paidSignals: readonly string[];
  /** What the call cost, in integer nano-dollars; absent where that was not recorded. */
  costNanoUsd?: number;
  /** Whether the text was recorded; if not, the answer's text is empty and means nothing. */
  hasText: boolean;
  /** The checks that failed when the answer was recorded: they are not run again. */
  vetoes?: readonly Veto[];
}

/** A good answer (status 200). Headers are lower-cased. */
export type UpstreamReply = {
  headers: Record<string, string>;
  /** Absent in a server's own answers. */
  recorded?: RecordedFacts;
} & (
  | { kind: 'whole'; text: string }
  | {
      kind: 'stream';
      /** Ends after the event that ends a stream, or at the end of the body; throws {@link UpstreamError} when the stream breaks. */
      events: AsyncIterable<SseEvent>;
    }
  | {
      /** Only of a passed request: what is neither JSON nor events, as it comes. Throws as `events` does. */
      kind: 'bytes';
      bytes: AsyncIterable<Uint8Array>;
    }
);

export interface UpstreamModel {
  id: string;
  /** Tokens, where the server says so. */
  contextTokens?: number;
  /** The server's own line, whole. */
  raw: Record<string, unknown>;
}

/** A server of models, or something that behaves like one. */
export interface Upstream {
  readonly name: string;
  readonly location: 'on-premises' | 'cloud';
  /** @throws {UpstreamError} and nothing else. */
  chat(request: UpstreamRequest): Promise<UpstreamReply>;
  /** The models that it lists. @throws {UpstreamError} */
  models(signal: AbortSignal): Promise<UpstreamModel[]>;
  /** False while the circuit breaker of this model is open for this API key; without a key, for all. */
  available(model: string, keyId?: string): boolean;
  /** What operators should know of this model; undefined where nothing is wrong. */
  trouble(model: string): UpstreamTrouble | undefined;
  close(): Promise<void>;
}

/** What keeps a model from answering anybody, in words for operators. */
export interface UpstreamTrouble {
  /** Its circuit breaker is open for all: for how long, and why. */
  down?: { forMs: number; because: string };
  /** It refuses the gateway's own credentials. */
  refusal?: string;
}

/** A server as the configuration describes it. */
export interface UpstreamOptions {
  /** Its name in the configuration. */
  name: string;
  /** Where its API begins, such as `http://127.0.0.1:11434/v1`; the dialect appends its paths. */
  baseUrl: string;
  location: Upstream['location'];
  /** Sent as the dialect sends keys. */
  apiKey?: string;
  /** Version of the API, where servers of its kind have several. */
  apiVersion?: string;
  /** Sent with every call, over the gateway's own; treated as credentials: no message repeats their values. */
  headers?: Readonly<Record<string, string>>;
  timeouts?: Partial<Timeouts>;
  /** URL of the proxy through which it is reached, or `none`; absent: as the environment says. A credential. */
  proxy?: string;
  /** Certificates in PEM that are trusted beside the usual ones. */
  ca?: string;
  /** The longest answer that is kept in memory, in bytes; streams are not kept. */
  maxResponseBytes?: number;
}

/** How long each stage of a call may take, in milliseconds. */
export interface Timeouts {
  /** Until the connection stands, TLS included. */
  connectMs: number;
  /** From the request to the first byte of the answer's body. */
  firstByteMs: number;
  /** The same where something else can be done instead of waiting; without effect where it is longer. */
  firstByteOrNextMs: number;
  /** Between two pieces of the answer. */
  idleMs: number;
  /** The whole call. */
  totalMs: number;
}

/** Whether a model does something: it did, it answered as if it had not been asked to, or its server refused it. */
export type Ability = 'yes' | 'ignored' | 'refused';

/** What a model was found to do when it was asked. */
export interface ModelProbe {
  /** Whether log-probabilities really come: in streams too, only without streaming, or not at all. */
  logprobs: 'stream' | 'plain' | 'none';
  /** Prompt and answer together, where the server's list says so. */
  contextTokens?: number;
  /** A stream was asked for and came as one, to its end. */
  streaming: boolean;
  /** A stream says its usage where it is asked to. */
  usageInStream: boolean;
  /** OpenAI's name under which the model takes the limit of its answer; absent where the dialect knows one name only. */
  maxTokensField?: MaxTokensField;
  /** Calls a tool that must be called; absent where that was not found out, as for the next ones. */
  tools?: Ability;
  /** Takes pictures; whether it sees them is another question. */
  images?: Ability;
  /** Holds to a JSON Schema in `response_format`. */
  schema?: Ability;
  /** What was found out of the ordinary, in sentences; the server's own words are among them. */
  notes: string[];
}

/** The limit's name that a stored probe found out; `undefined` where its details say none. */
export function maxTokensFieldOf(details: string): MaxTokensField | undefined {
  const { maxTokensField } = JSON.parse(details) as Partial<ModelProbe>;
  return maxTokensField === 'max_tokens' || maxTokensField === 'max_completion_tokens'
    ? maxTokensField
    : undefined;
}

/** What a stored probe found of what requests may need. */
export function abilitiesOf(details: string): Partial<Record<Need, Ability>> {
  const { tools, images, schema } = JSON.parse(details) as Partial<ModelProbe>;
  const found: Partial<Record<Need, Ability>> = {};
  if (tools !== undefined) found.tools = tools;
  if (images !== undefined) found.images = images;
  if (schema !== undefined) found.jsonSchema = schema;
  return found;
}

/** The same upstream but for what is given. */
export function wrapUpstream(
  upstream: Upstream,
  changes: Pick<Upstream, 'chat'> & Partial<Upstream>,
): Upstream {
  return {
    name: upstream.name,
    location: upstream.location,
    models: (signal) => upstream.models(signal),
    available: (model, keyId) => upstream.available(model, keyId),
    trouble: (model) => upstream.trouble(model),
    close: () => upstream.close(),
    ...changes,
  };
}

export interface UpstreamFailure {
  code: ErrorCode;
  /** In Weir's words, as a sentence: fit for logs, the record, and every client. */
  message: string;
  /** In the server's own words, which may quote what it was sent and name whose account it is; without credentials. */
  said?: string;
  /** The address that was called, where it may be what is wrong: for operators, never for clients. */
  address?: string;
  /** Upstream's status, where there was an answer. */
  status?: number;
  /** Upstream's error body, where it was JSON: passed on for the client's own mistakes. */
  body?: unknown;
  retryAfterMs?: number;
  /** No byte of an answer had come, and the request cannot have been acted on twice. */
  safeToRepeat: boolean;
  /** It was not sent, because too many calls of this API key failed; those of others are. */
  ofOneKey?: true;
  /** No model did any work: nothing was sent, or the server turned the request away. Also true if it is safe to repeat. */
  unbilled?: true;
  /** No call was made: the circuit breaker or the queue kept it back. */
  unmade?: true;
}

/** Any failure of an upstream, in the client's terms. The message does not contain the server's own words. */
export class UpstreamError extends Error {
  readonly failure: UpstreamFailure;
  readonly blames: Blame;
  constructor(failure: UpstreamFailure, cause?: unknown) {
    super(failure.message, cause === undefined ? undefined : { cause });
    this.name = 'UpstreamError';
    this.failure = failure;
    this.blames = blameOf(failure.code);
  }
}

const BLAME: Partial<Record<ErrorCode, Blame>> = {
  upstream_rejected: 'request',
  context_length_exceeded: 'request',
  not_recorded: 'request',
  upstream_rate_limited: 'load',
  overloaded: 'load',
};

/**
 * By the error's code, so by the server's status: a 4xx of a request is the request's. A 500 for what one request's template cannot
 * do looks like that of an ill server: it is the server's, and whoever counts asks for more than one key's.
 */
function blameOf(code: ErrorCode): Blame {
  return BLAME[code] ?? 'server';
}

/** An answer came that cannot be used. */
export class InvalidAnswer extends Error {
  readonly code: 'upstream_invalid_response' | 'upstream_error';
  /** What the server said of it, without credentials: for operators. */
  readonly said: string | undefined;
  constructor(message: string, code: InvalidAnswer['code'] = 'upstream_invalid_response', said?: string) {
    super(message);
    this.name = 'InvalidAnswer';
    this.code = code;
    this.said = said;
  }
}
