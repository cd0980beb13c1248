import type { ClientRequest, Completion } from '../protocol/common/chat.ts';
import type { Ends } from '../wire/json-edit.ts';
import type { SseEvent } from '../wire/sse.ts';
import type { AskedTier } from './asked-tier.ts';
import type { Need } from './needs.ts';
import type { Ability, ModelProbe, Upstream, UpstreamFailure, UpstreamOptions } from './upstream.ts';

/** How a request is written for one kind of server, and how its answer is read. */
export interface Dialect {
  /** As `upstreams.*.dialect` names it. */
  readonly name: string;
  /**
   * The wire format of its answers. An answer reaches a client whose protocol has this name byte for byte; any other
   * client gets it translated through the common form.
   */
  readonly format: string;
  /** Set where servers of this kind have OpenAI's other endpoints too: embeddings, moderations, speech and so on. */
  readonly passesThrough?: true;
  /** Set where no server of this kind gives log-probabilities. */
  readonly logprobs?: 'none';
  /**
   * The limit of an answer whose client gives none, where servers of this kind refuse a request without one. It comes to
   * `writeRequest` with the tier.
   */
  readonly defaultMaxTokens?: number;
  /**
   * What has to be installed or set before an upstream can be called, as a sentence; absent where servers of this kind need nothing.
   * @param upstream.hasKey the configuration, or the environment through a preset, has a key.
   */
  missing?(
    upstream: { baseUrl: string; hasKey: boolean },
    environment: Readonly<Record<string, string | undefined>>,
  ): string | undefined;
  /** Makes what sends requests to one server. @throws {TypeError} where `baseUrl` is no http(s) URL or carries credentials. */
  createUpstream(options: UpstreamOptions): Upstream;
  /**
   * Writes a client's request for one tier: from the client's own text where the wire formats are the same, else from the
   * common form.
   * @param how.stream whether to ask for a stream; @param how.logprobs whether to ask for log-probabilities, with
   * `ALTERNATIVES` of them at least; else as the client wrote it; @param how.isReplaceable a later tier can be asked: for
   * `limitOfTier`, which says how long the answer may be.
   */
  writeRequest(
    request: ClientRequest,
    tier: AskedTier,
    how: { stream: boolean; logprobs: boolean; isReplaceable?: boolean },
  ): WrittenRequest;
  /**
   * Reads a whole answer.
   * @param detail `all`: the completion has everything that the answer has; `signals`: the names of the alternatives may be
   * left out, which is faster.
   * @throws {InvalidAnswer} where the text is no answer.
   */
  readWhole(text: string, from: AnswerSource, detail: 'all' | 'signals'): WholeReading;
  /** Begins to read one stream: the function that it returns is called with each event in order. */
  openStream(from: AnswerSource): EventReader;
  /** Whether a server that rejected a request did so because it takes no log-probabilities. */
  refusesLogprobs(rejection: UpstreamFailure): boolean;
  /** Whether it did so because it was asked to say its usage in a stream; absent where that is never asked for. */
  refusesStreamUsage?(rejection: UpstreamFailure): boolean;
  /** Whether it did so because it does not take a parameter of the common form; absent where servers do not say which. */
  refusesParameter?(rejection: UpstreamFailure, name: string): boolean;
  /**
   * Asks a model for one thing that its server refused in traffic, with a question of the gateway's own. Never rejects.
   * Absent where servers of this kind are not asked. @returns undefined where it was not found out.
   */
  probeAbility?(
    upstream: Upstream,
    tier: AskedTier,
    need: Need,
    signal: AbortSignal,
  ): Promise<Ability | undefined>;
  /** How a server is asked how many tokens a request has; absent where servers of this kind do not say. */
  readonly counting?: DialectCounting;
  /** Asks a model what it can. @throws {UpstreamError} where the model does not answer a plain question at all. */
  probe(upstream: Upstream, model: string, signal: AbortSignal): Promise<ModelProbe>;
}

export interface DialectCounting {
  /** Below the base URL. */
  readonly path: string;
  write(request: ClientRequest, tier: AskedTier): Pick<WrittenRequest, 'body' | 'headers'>;
  /** @returns undefined where the text is no count. */
  read(text: string): number | undefined;
}

/** Whose answer is read: its name is for messages. */
export interface AnswerSource {
  upstream: string;
}

/** A request as it goes on the wire. */
export interface WrittenRequest {
  body: string;
  stream: boolean;
  /** Parameters of the client that this model does not take. */
  dropped: readonly string[];
  /** Headers that go with it, beside those of every call. */
  headers?: Readonly<Record<string, string>>;
}

/** A whole answer in the common form. */
export interface WholeReading {
  completion: Completion;
  /** The answer's text where it had to be mended: it was no JSON, or clients of the wire format could not read it. */
  mended?: string;
  /** Where long parts of the text end, as far as reading it has shown: an edit need not walk over them again. */
  ends?: Ends;
}

/**
 * One event in the common form; `done` for the event that ends a stream, `undefined` for one that says nothing of the answer,
 * `heartbeat` for one that is not a part of the wire format: no client gets it. May mend the event's data in place, where
 * clients of the wire format could not read it.
 * @throws {InvalidAnswer} where the event is not what the dialect promises.
 */
export type EventReader = (event: SseEvent) => Completion | 'done' | 'heartbeat' | undefined;
