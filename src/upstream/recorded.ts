import { DONE, type SseEvent } from '../openai/sse.ts';
import type { Trace, TraceAttempt } from '../traces/trace.ts';
import { cancelled } from './call-failure.ts';
import { completionBody, completionChunks, wantedBy, type Answer } from './completion.ts';
import { lastUserMessage, type RecordedQuestions } from './recorded-questions.ts';
import {
  UpstreamError,
  type Upstream,
  type UpstreamFailure,
  type UpstreamReply,
  type UpstreamRequest,
} from './upstream.ts';

export interface RecordedUpstreamOptions {
  name: string;
  location?: Upstream['location'];
  /** Opens the recordings; called once, at the first question: see `indexTraceFile` and `indexTraces`. */
  questions: () => Promise<RecordedQuestions>;
  /** The models that were recorded: the keys under `attempts`. */
  models: readonly string[];
}

/** Stands as `system_fingerprint` in everything that was recorded. */
export const RECORDED = 'recorded';

const SUGGESTIONS = 3;

/**
 * An upstream that answers with what models once answered. It knows a question by its last user message, normalised
 * (`normaliseQuestion`), and gives the attempt of the model that is asked for; of the request's parameters only `stream`,
 * `stream_options`, `logprobs` and `top_logprobs` have an effect. An unknown question is `not_recorded`, with three that
 * are known.
 */
export function createRecordedUpstream(options: RecordedUpstreamOptions): Upstream {
  const { name, location = 'on-premises', models } = options;
  let opened: Promise<RecordedQuestions> | undefined;

  async function open(): Promise<RecordedQuestions> {
    try {
      return await (opened ??= options.questions());
    } catch (error) {
      opened = undefined;
      const because = error instanceof Error ? error.message : String(error);
      throw failure('upstream_error', `The recordings of '${name}' cannot be read: ${because}`, error);
    }
  }

  async function recall(request: UpstreamRequest, body: Record<string, unknown>): Promise<Answer> {
    if (!models.includes(request.model)) {
      throw failure(
        'upstream_error',
        `Model '${request.model}' was not recorded; '${name}' has ${models.join(', ')}.`,
      );
    }
    const question = lastUserMessage(body['messages']);
    const questions = await open();
    const trace = find(questions, question ?? '');
    const attempt = trace?.attempts[request.model];
    if (trace === undefined || attempt?.answer === undefined) {
      const known = questions.nearest(question ?? '', SUGGESTIONS).map((text) => `“${text}”`);
      throw failure(
        'not_recorded',
        `This is the demonstration: it has recorded answers only, and this question is not among them. It knows, for example: ${known.join(' · ')}`,
      );
    }
    return answerOf(trace, { ...attempt, answer: attempt.answer }, request.model);
  }

  function find(questions: RecordedQuestions, question: string): Trace | undefined {
    try {
      return questions.find(question);
    } catch (error) {
      throw failure('upstream_error', `The recording of this question is malformed.`, error);
    }
  }

  return {
    name,
    location,
    models: () =>
      Promise.resolve(models.map((id) => ({ id, raw: { id, object: 'model', owned_by: RECORDED } }))),
    available: () => true,
    close: () => Promise.resolve(),
    async chat(request): Promise<UpstreamReply> {
      if (request.signal.aborted) throw cancelled(name, request.signal.reason);
      const body = parseBody(request.body);
      const answer = await recall(request, body);
      const wanted = wantedBy(body);
      if (!request.stream) {
        return {
          kind: 'json',
          headers: { 'content-type': 'application/json' },
          text: JSON.stringify(completionBody(answer, wanted)),
        };
      }
      const events = play([...completionChunks(answer, wanted), DONE], name, request.signal);
      return { kind: 'stream', headers: { 'content-type': 'text/event-stream' }, events };
    },
  };
}

async function* play(
  data: readonly string[],
  name: string,
  signal: AbortSignal,
): AsyncGenerator<SseEvent, void, undefined> {
  for (const piece of data) {
    if (signal.aborted) throw cancelled(name, signal.reason);
    yield { data: piece };
  }
}

function answerOf(trace: Trace, attempt: TraceAttempt & { answer: string }, model: string): Answer {
  const { answer, tokens, toolCalls, finish, inputTokens, outputTokens } = attempt;
  const called = toolCalls !== undefined && toolCalls.length > 0;
  return {
    id: `chatcmpl-${RECORDED}-${trace.id}`,
    created: Math.floor(Date.now() / 1_000),
    model,
    fingerprint: RECORDED,
    content: called && answer === '' ? null : answer,
    ...(tokens === undefined
      ? {}
      : {
          tokens: tokens.map(({ t, lp, top }) => ({
            text: t,
            logprob: lp,
            ...(top === undefined ? {} : { top }),
          })),
        }),
    ...(called
      ? {
          toolCalls: toolCalls.map((call, index) => ({
            id: `call_${trace.id}_${index}`,
            name: call.name,
            arguments: call.arguments,
          })),
        }
      : {}),
    finish: finish ?? (called ? 'tool_calls' : 'stop'),
    ...(inputTokens === undefined || outputTokens === undefined
      ? {}
      : { usage: { inputTokens, outputTokens } }),
  };
}

function parseBody(text: string): Record<string, unknown> {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === 'object' && body !== null) return body as Record<string, unknown>;
  } catch {
    // Told below.
  }
  throw failure('upstream_rejected', 'The request is no JSON object.');
}

function failure(code: UpstreamFailure['code'], message: string, cause?: unknown): UpstreamError {
  return new UpstreamError({ code, message, safeToRepeat: false }, cause);
}
