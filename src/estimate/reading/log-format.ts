import type { Trace } from '../../traces/trace.ts';

/** The name under which a log's own answers stand in traces: no model is called so. */
export const LOGGED = 'the log';

export type LogRecord = Readonly<Record<string, unknown>>;

/** A request of a log with its answer. */
export interface LogEntry {
  messages: Record<string, unknown>[];
  answer: RecordedAnswer;
  /** The answer's limit and form, as traces say them. */
  form: Pick<Trace, 'tools' | 'toolChoice' | 'responseFormat' | 'maxTokens'>;
  model?: string;
}

export interface RecordedAnswer {
  text: string;
  toolCalls?: { name: string; arguments: string }[];
  finish?: string;
  model?: string;
  inputTokens?: number;
  outputTokens?: number;
  costUsd?: number;
}

/** What a record comes to: a request with its answer, an answer whose request is in another file, or why it cannot be used. */
export type LogReading =
  | { entry: LogEntry }
  | { trace: Trace }
  | { awaits: string; answer: RecordedAnswer }
  | { problem: string };

/** One kind of log that teams have. */
export interface LogFormat {
  /** In words, after "the log has": `requests and responses of the OpenAI API`. */
  readonly name: string;
  recognises(record: LogRecord): boolean;
  read(record: LogRecord): LogReading;
}

/** Problems are counted by their sentences, so they never quote the record. */
export const NO_QUESTION = 'it has no messages or question';
export const NO_ANSWER = 'it has no answer';
