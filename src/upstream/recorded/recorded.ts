import { DONE, type SseEvent } from '../../wire/sse.ts';
import type { Trace } from '../../traces/trace.ts';
import { cancelled } from '../transport/call-failure.ts';
import { completionBody, completionChunks, wantedBy } from '../completion.ts';
import { RECORDED, recall, type Recalled } from './recorded-answer.ts';
import { lastUserMessage } from '../../traces/question-text.ts';
import type { RecordedQuestions } from './recorded-questions.ts';
import {
  UpstreamError,
  type Upstream,
  type UpstreamFailure,
  type UpstreamReply,
  type UpstreamRequest,
} from '../upstream.ts';

export interface RecordedUpstreamOptions {
  name: string;
  location?: Upstream['location'];
  /** Opens the recordings; called once, at the first question: see `indexTraceFile` and `indexTraces`. */
  questions: () => Promise<RecordedQuestions>;
  /** The models that were recorded: the keys under `attempts`. */
  models: readonly string[];
}

const SUGGESTIONS = 3;

/**
 * An upstream that answers with what models once answered. It knows a question by its last user message, normalised
 * (`normaliseQuestion`), and gives the attempt of the model that is asked for; of the request's parameters only `stream`,
 * `stream_options`, `logprobs` and `top_logprobs` have an effect. What the wire has no place for (named signals, the
 * recorded cost) stands beside the reply. A call for a paid signal gets the recorded one. An unknown question is
 * `not_recorded`, with three that are known.
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

  async function answerTo(request: UpstreamRequest, body: Record<string, unknown>): Promise<Recalled> {
    if (!models.includes(request.model)) {
      throw failure(
        'upstream_error',
        `Model '${request.model}' was not recorded; '${name}' has ${models.join(', ')}.`,
      );
    }
    const messages = body['messages'];
    // The answer and the question about it were not part of the recording.
    const asked = request.paid === undefined || !Array.isArray(messages) ? messages : messages.slice(0, -2);
    const question = lastUserMessage(asked);
    const questions = await open();
    const trace = find(questions, asked, request.requestId);
    const recalled = trace === undefined ? undefined : recall(trace, request.model, request.paid);
    if (recalled !== undefined) return recalled;
    if (trace !== undefined && request.paid !== undefined) {
      const message = `No '${request.paid}' was recorded of the answer of '${request.model}' to this question.`;
      throw failure('not_recorded', message);
    }
    const known = questions.nearest(question ?? '', SUGGESTIONS).map((text) => `“${text}”`);
    throw failure(
      'not_recorded',
      `This is the demonstration: it has recorded answers only, and this question is not among them. It knows, for example: ${known.join(' · ')}`,
    );
  }

  function find(questions: RecordedQuestions, messages: unknown, id: string): Trace | undefined {
    try {
      return questions.find(messages, id);
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
    trouble: () => undefined,
    close: () => Promise.resolve(),
    async chat(request): Promise<UpstreamReply> {
      if (request.signal.aborted) throw cancelled(name, request.signal.reason);
      if (request.passed !== undefined)
        throw failure('not_recorded', 'This is the demonstration: only answers to chats were recorded.');
      const body = parseBody(request.body);
      const { answer, facts: recorded } = await answerTo(request, body);
      const wanted = wantedBy(body);
      if (!request.stream) {
        return {
          kind: 'whole',
          headers: { 'content-type': 'application/json' },
          recorded,
          text: JSON.stringify(completionBody(answer, wanted)),
        };
      }
      const events = play([...completionChunks(answer, wanted), DONE], name, request.signal);
      return { kind: 'stream', headers: { 'content-type': 'text/event-stream' }, recorded, events };
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

function parseBody(text: string): Record<string, unknown> {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === 'object' && body !== null) return body as Record<string, unknown>;
  } catch {
    // Told below.
  }
  throw failure('upstream_rejected', 'The request is not a JSON object.');
}

function failure(code: UpstreamFailure['code'], message: string, cause?: unknown): UpstreamError {
  return new UpstreamError({ code, message, safeToRepeat: false, unbilled: true }, cause);
}
