import type { Completion } from '../protocol/common/chat.ts';
import type { Ends } from '../wire/json-edit.ts';
import type { SseEvent } from '../wire/sse.ts';

/** Where an answer comes from, as far as a client's protocol has to know to render it. */
export interface AnswerOrigin {
  /** The wire format in which it came: a protocol of this name passes it on byte for byte. */
  readonly format: string;
  /** The gateway asked for more log-probabilities than the client did: they are taken out again. */
  readonly addedLogprobs: boolean;
}

/** An upstream's own answer, as it came whole. */
export interface HeldWhole {
  readonly kind: 'whole';
  readonly text: string;
  /** Where long parts of the text end, as far as is known. */
  readonly ends: Ends | undefined;
  /** The answer in the common form, read anew on each call: for a protocol of another wire format. */
  completion(): Completion;
}

/** An upstream's own answer, as it came in a stream; the event that ends the stream is not among them. */
export interface HeldEvents {
  readonly kind: 'events';
  readonly events: readonly SseEvent[];
  /** The chunk of each event in the common form, read anew on each call; `undefined` for an event that says nothing of the answer. */
  chunks(): (Completion | undefined)[];
}

/** What is held of an answer for the client's protocol to render. */
export interface HeldAnswer extends AnswerOrigin {
  readonly content: HeldWhole | HeldEvents;
}
