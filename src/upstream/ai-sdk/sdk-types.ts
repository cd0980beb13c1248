/**
 * What is used of the AI SDK's language models, in version 4 of its specification. The packages are not among the dependencies,
 * so their own types are not there to import.
 */

/** Facts that one provider alone knows, by its name. */
export type ProviderFacts = Readonly<Record<string, Readonly<Record<string, unknown>> | undefined>>;

export type FilePart = {
  type: 'file';
  mediaType: string;
  filename?: string;
  data: { type: 'data'; data: string } | { type: 'url'; url: URL };
};

export type UserPart = { type: 'text'; text: string } | FilePart;

export interface CallPart {
  type: 'tool-call';
  toolCallId: string;
  toolName: string;
  input: unknown;
  providerOptions?: ProviderFacts;
}

export interface ResultPart {
  type: 'tool-result';
  toolCallId: string;
  toolName: string;
  output: { type: 'text'; value: string } | { type: 'content'; value: UserPart[] };
}

export type PromptMessage =
  | { role: 'system'; content: string }
  | { role: 'user'; content: UserPart[] }
  | { role: 'assistant'; content: (UserPart | CallPart)[] }
  | { role: 'tool'; content: ResultPart[] };

export type ToolChoice = { type: 'auto' | 'none' | 'required' } | { type: 'tool'; toolName: string };

export interface FunctionTool {
  type: 'function';
  name: string;
  description?: string;
  inputSchema: unknown;
  strict?: boolean;
}

export interface CallOptions {
  prompt: PromptMessage[];
  maxOutputTokens?: number;
  temperature?: number;
  topP?: number;
  topK?: number;
  presencePenalty?: number;
  frequencyPenalty?: number;
  stopSequences?: string[];
  seed?: number;
  responseFormat?: { type: 'json'; schema?: unknown; name?: string; description?: string };
  tools?: FunctionTool[];
  toolChoice?: ToolChoice;
  reasoning?: string;
  abortSignal?: AbortSignal;
}

export interface SdkUsage {
  inputTokens: {
    total?: number | undefined;
    cacheRead?: number | undefined;
    cacheWrite?: number | undefined;
  };
  outputTokens: { total?: number | undefined; reasoning?: number | undefined };
}

/** Why an answer ended; without `raw` the provider has not said so. */
export interface SdkFinish {
  unified: string;
  raw?: string | undefined;
}

export interface SdkToolCall {
  type: 'tool-call';
  toolCallId: string;
  toolName: string;
  /** JSON text. */
  input: string;
  /** The provider has done it itself: no client is asked. */
  providerExecuted?: boolean;
  providerMetadata?: ProviderFacts;
}

/** Of the other types nothing is read. */
export type SdkContent = { type: 'text' | 'reasoning'; text: string } | SdkToolCall | { type: 'other' };

export interface SdkResult {
  content: SdkContent[];
  finishReason: SdkFinish;
  usage: SdkUsage;
  response?: { id?: string | undefined };
}

export type SdkStreamPart =
  | { type: 'text-delta' | 'reasoning-delta'; delta: string }
  | { type: 'tool-input-start'; id: string; toolName: string; providerMetadata?: ProviderFacts }
  | { type: 'tool-input-delta'; id: string; delta: string }
  | SdkToolCall
  | { type: 'response-metadata'; id?: string | undefined }
  | { type: 'finish'; usage: SdkUsage; finishReason: SdkFinish }
  | { type: 'error'; error: unknown }
  | { type: 'other' };

export interface SdkModel {
  doGenerate(options: CallOptions): PromiseLike<SdkResult>;
  doStream(options: CallOptions): PromiseLike<{ stream: ReadableStream<SdkStreamPart> }>;
}

/** The `fetch` that a package is given. */
export type SdkFetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

/** What a package needs to know to make models. */
export interface SdkSettings {
  baseURL: string;
  fetch: SdkFetch;
  [setting: string]: unknown;
}

export interface SdkProviderInstance {
  specificationVersion: string;
  languageModel(id: string): SdkModel;
}
