import type { ChatRequest } from '../protocol/common/chat.ts';
import type { AnswerEdits } from '../protocol/openai-chat/edit-answer.ts';
import type { Ends } from '../wire/json-scan.ts';
import type { Attempt } from '../routing/attempt.ts';
import type { RequestView } from '../routing/judgement.ts';
import type { Expectations } from '../routing/checks.ts';
import type { ServedRoute } from './context.ts';
import type { ReadAnswer } from '../upstream/openai-compatible/answer-reader.ts';

/** An answer that is there as a whole: as it came with the edits it still needs, or as the chunks it came in, edited already. */
export interface HeldAnswer {
  /** Of the upstream's response. */
  headers: Readonly<Record<string, string>>;
  read: ReadAnswer;
  content:
    | { kind: 'json'; text: string; edits: AnswerEdits; ends: Ends }
    | { kind: 'chunks'; chunks: readonly string[] };
}

/** One request on its way, and what has become of it so far. */
export interface Journey {
  /** UUIDv7; the completion's id is `chatcmpl-` and this. */
  id: string;
  completionId: string;
  requestId: string;
  tenant: string;
  route: ServedRoute;
  request: ChatRequest;
  /** The body as it came. */
  text: string;
  view: RequestView;
  expected: Expectations;
  explain: boolean;
  /** Milliseconds since the epoch. */
  createdAtMs: number;
  /** `performance.now()` at the beginning. */
  startedMs: number;
  /** Until the client had the first characters of its answer. */
  ttftMs?: number;
  /** Ends everything that is done for this request; its reason says why. */
  abort: AbortController;
  /** The tier whose answer is live, once it was asked. */
  liveTier?: number;
  /** In order of asking, as the cascade has them. */
  attempts: Attempt[];
  /** By call id. */
  answers: Map<number, HeldAnswer>;
  /** By call id. */
  dropped: Map<number, readonly string[]>;
  /** Why its tiers are asked in the background, where they are; absent while a client waits. */
  audit?: 'certification' | 'learning';
  /** It is in the record: nothing is recorded twice. */
  finished: boolean;
  /** The error body of the upstream that rejected the request last. */
  rejection?: unknown;
}

/** The client has gone: nobody waits for an answer. The status is nginx's. */
export class ClientGone extends Error {
  readonly status = 499;
  constructor() {
    super('The client closed the connection before its answer was complete.');
    this.name = 'ClientGone';
  }
}
