import type { ClientError } from './common/client-error.ts';
import type { ClientRequest, Completion } from './common/chat.ts';
import type { AnswerOrigin, HeldAnswer, HeldWhole } from '../upstream/held-answer.ts';
import type { SseEvent } from '../wire/sse.ts';
import type { Incoming } from '../wire/http-message.ts';

/** What a client speaks: how its request is read, and how an outcome is written for it. */
export interface Protocol {
  /** Its name, which is also its wire format's: an upstream's answer in this format is passed on byte for byte. */
  readonly name: string;
  /** Where its requests are posted. */
  readonly paths: readonly string[];
  /** Stands before the gateway's own id in the id of an answer. */
  readonly idPrefix: string;
  /** The header that may carry the client's key instead of `authorization`; lower-case. */
  readonly keyHeader?: string;
  /**
   * Reads a request's body.
   * @param kept what it goes on from; absent where no answers are kept.
   * @throws {WeirError} `invalid_json`, `invalid_request` or `unsupported_parameter`, with the field in `param`.
   */
  readRequest(text: string, headers: Incoming['headers'], kept?: KeptConversation): ClientRequest;
  /** How its clients have answers kept, and go on from them; absent where they cannot. */
  readonly keeping?: Keeping;
  /** The body of an answer to a client that does not stream. */
  renderWhole(answer: AnswerOrigin & { content: HeldWhole }, exchange: ClientExchange): string;
  /** Its streams say the whole answer again at their end, so that what is translated is held while it goes out. */
  readonly repeatsAnswer?: true;
  /** Begins the body of one streamed answer. */
  openStream(exchange: ClientExchange): StreamRenderer;
  /** The JSON text of an error, as the body of a reply. @param requestId of the request, where it has one yet. */
  renderError(error: ClientError, requestId?: string): string;
  /** The name under which its clients look for the request's id; lower-case. Absent: `x-request-id` alone. */
  readonly requestIdHeader?: string;
  /** How its clients list the models, where that is on the gateway's own path; absent: as clients of OpenAI's API. */
  readonly modelList?: ModelList;
  /** Where its clients have the tokens of a request counted. */
  readonly counting?: TokenCounting;
}

/** Answers that are kept for clients which ask for it. */
export interface Keeping {
  /** What a body goes on from; `undefined` for one that goes on from nothing. The body may be anything. */
  wanted(text: string): WantedAnswers | undefined;
  /** What is to be kept of an answer; JSON texts. @param answer as its client got it, whole */
  keptOf(
    request: ClientRequest,
    answer: string,
  ): { conversation: string; items: ReadonlyMap<string, string> };
}

/** An answer and items of answers, by the ids that clients know them by. */
export interface WantedAnswers {
  answer?: string;
  items: readonly string[];
}

/** What is kept of what a request goes on from; JSON texts. Where there is one at all, answers can be kept. */
export interface KeptConversation {
  conversation?: string;
  /** The data class of what is kept: the request has it too. */
  dataClass?: string;
  items: ReadonlyMap<string, string>;
}

/** A list of models in a protocol's own form. */
export interface ModelList {
  /** A request that has this header comes from one of its clients; lower-case. */
  readonly header: string;
  render(models: readonly ListedModel[]): object;
  renderOne(model: ListedModel): object;
}

/** A model as clients see it: a route, a name that one serves, or a model that may be asked by its name. */
export interface ListedModel {
  id: string;
  object: 'model';
  /** Seconds since the epoch. */
  created: number;
  owned_by: string;
}

/** How many tokens a request would have, without asking for an answer. */
export interface TokenCounting {
  readonly path: string;
  /** As `readRequest`, of a request to be counted. @throws {WeirError} as it does. */
  readRequest(text: string, headers: Incoming['headers']): ClientRequest;
  render(tokens: number): string;
}

/** What an answer is rendered for. */
export interface ClientExchange {
  /** The answer's id for the client. */
  readonly id: string;
  readonly request: ClientRequest;
  readonly requestId: string;
  /** JSON text with the decision and its reasons, where the client asked for them in the body of a whole answer. */
  readonly explanation?: string;
}

/** Writes one streamed answer in the client's form. Each method gives text as it goes on the wire. */
export interface StreamRenderer {
  /** The next event of an answer that is shown while it comes; empty where the client gets nothing of it. */
  event(origin: AnswerOrigin, event: SseEvent, chunk: Completion | undefined): string;
  /** An answer that is there as a whole. */
  answer(answer: HeldAnswer): string;
  /** The end of an answer. @param decision JSON text: the decision, which clients may ignore. */
  end(decision: string): string;
  /** The whole answer, as a client that does not stream gets it; after `end`. Absent where no client can have it kept. */
  whole?(): string;
  /** An error after the headers have gone: the stream ends with it. */
  error(error: ClientError): string;
  /** Something that clients ignore, while there is nothing else to send. */
  keepAlive(): string;
}
