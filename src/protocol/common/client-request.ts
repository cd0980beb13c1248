import type { ChatRequest } from './chat.ts';

/** The wire format of the common form: OpenAI's chat completions. */
export const COMMON_FORMAT = 'openai-chat';

/** Stands before the gateway's own id in the id of a completion; what clients see of a request that names no protocol. */
export const COMMON_ID_PREFIX = 'chatcmpl-';

/** A chat request as its client wrote it, and in the common form. */
export interface ClientRequest {
  /** The wire format in which the client wrote it: its protocol's name. */
  readonly format: string;
  /** The body as it came. */
  readonly text: string;
  /** The request in the common form. */
  readonly chat: ChatRequest;
  /**
   * The common form as JSON text. For a client that speaks it, its own body byte for byte; for any other, a translation
   * that is made on the first call and kept.
   */
  readonly chatText: () => string;
  /** Headers for an upstream of the same wire format, such as the version that the client speaks. Names are lower-case. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A request in the common form that the gateway itself makes. @param text the request as JSON, where that is known already. */
export function commonRequest(chat: ChatRequest, text = JSON.stringify(chat)): ClientRequest {
  return { format: COMMON_FORMAT, text, chat, chatText: () => text };
}
