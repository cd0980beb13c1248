/** What the client asked its answer to be. Nothing of a schema or a tool is read before an answer needs it. */
export interface Expectations {
  /** The answer must be JSON: any object, or what the client's schema allows. */
  json?: 'object' | { schema: unknown };
  /** The tools that the client offered; absent where it offered none. */
  tools?: OfferedTools;
  /** What was promised of calls; only where tools are offered. */
  calls?: CallPromise;
}

export interface OfferedTools {
  /** What a tool takes; `undefined` where none of this name was offered. */
  find(name: string): OfferedTool | undefined;
  /** Some of them are the provider's own: nothing is known of their names, and some the server calls itself, so that no call is in an answer. */
  readonly hasOthers: boolean;
}

/** A tool takes JSON that its schema allows, or any text. */
export type OfferedTool = { takes: 'json'; schema: unknown } | { takes: 'text' };

export interface CallPromise {
  /** At least one call must come. */
  required: boolean;
  /** No call may come. */
  forbidden: boolean;
  /** Only these tools may be called. */
  only?: ReadonlySet<string>;
  /** At most one call may come. */
  single: boolean;
}

/** An answer as the checks see it. */
export interface AnswerView {
  /** `undefined` where it was not recorded: then no check of the text fails. */
  text: string | undefined;
  /** A refusal that the model declared as such. */
  refusal?: string;
  toolCalls: readonly { name: string; arguments: string }[];
  finishReason?: string;
}
