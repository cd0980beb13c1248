import { defined } from '../../defined.ts';
import { DONE, formatEvent } from '../../wire/sse.ts';
import { completionBody, completionChunks, wantedBy, type Answer, type AnswerToken } from '../completion.ts';

/** One piece of a body: bytes, text, a pause, or something to wait for. */
export type ScriptedPart = string | Uint8Array | { waitMs: number } | { until: Promise<unknown> };

/** What a scripted server answers to one request, down to the chunks and the end of the connection. */
export interface ScriptedReply {
  /** 200 if left out. */
  status?: number;
  headers?: Record<string, string>;
  /** Each piece is written by itself, so that it arrives as a chunk of its own. */
  body?: readonly ScriptedPart[];
  /** After the body: end well, cut the connection, or leave it open. `never`: not even the headers are sent. */
  then?: 'end' | 'cut' | 'hang' | 'never';
  /** Before the headers. */
  delayMs?: number;
}

/** A chat request as the script sees it. */
export interface AskedChat {
  model: string;
  stream: boolean;
  /** The body, parsed; empty where it was no JSON object. */
  body: Record<string, unknown>;
}

/** The reply, or how it follows from what was asked. */
export type ScriptedStep = ScriptedReply | ((asked: AskedChat) => ScriptedReply | Promise<ScriptedReply>);

/** A single step repeats for ever; a list is played in order, and its last step repeats. */
export type Script = ScriptedStep | readonly ScriptedStep[];

export interface ScriptedAnswer {
  /** The text; where it is left out, the tokens' joined. */
  content?: string;
  tokens?: readonly AnswerToken[];
  toolCalls?: readonly { id?: string; name: string; arguments: string }[];
  finish?: string;
  /** 10 in, and one out for each token, if left out. */
  usage?: NonNullable<Answer['usage']>;
  /** Further fields of the completion, and of each chunk. */
  extra?: Readonly<Record<string, unknown>>;
}

const JSON_TYPE = { 'content-type': 'application/json' };
const STREAM_TYPE = { 'content-type': 'text/event-stream' };

/** An answer as a good server gives it: whole or as a stream, with log-probabilities and usage where asked for. */
export function answers(answer: string | ScriptedAnswer): ScriptedStep {
  const given: ScriptedAnswer = typeof answer === 'string' ? { content: answer } : answer;
  return (asked) => {
    const full = complete(given, asked.model);
    const wanted = wantedBy(asked.body);
    return asked.stream
      ? {
          headers: STREAM_TYPE,
          body: [...completionChunks(full, wanted), DONE].map((data) => formatEvent(data)),
        }
      : { headers: JSON_TYPE, body: [JSON.stringify(completionBody(full, wanted))] };
  };
}

/** A stream of exactly these events' data, each a chunk of its own; `[DONE]` only where it is among them. */
export function streams(
  data: readonly string[],
  then: NonNullable<ScriptedReply['then']> = 'end',
): ScriptedReply {
  return { headers: STREAM_TYPE, body: data.map((each) => formatEvent(each)), then };
}

/** An error in OpenAI's shape. */
export function refuses(
  status: number,
  error: { message: string; type?: string; code?: string | number },
  headers: Record<string, string> = {},
): ScriptedReply {
  return {
    status,
    headers: { ...JSON_TYPE, ...headers },
    body: [JSON.stringify({ error: { param: null, ...error } })],
  };
}

/** Ways in which servers go wrong. */
export const failures = {
  /** Text that is not JSON, as from a wrong port. */
  garbage: { headers: { 'content-type': 'text/html' }, body: ['<html><body>It works!</body></html>'] },
  /** A completion that stops in the middle, though the connection ends well. */
  halfJson: {
    headers: JSON_TYPE,
    body: ['{"id":"chatcmpl-1","object":"chat.completion","choices":[{"index":0,"mess'],
  },
  /** A 200 without a body. */
  empty: { headers: JSON_TYPE, body: [] },
  /** The connection breaks in the middle of the body. */
  cut: { headers: JSON_TYPE, body: ['{"id":"chatcmpl-1","object":"chat.'], then: 'cut' },
  /** The connection breaks before anything is answered. */
  dropped: { then: 'cut' },
  /** Nothing ever comes. */
  never: { then: 'never' },
} as const satisfies Record<string, ScriptedReply>;

/** The same bytes in other chunks: cut at these byte offsets, in whatever order. */
export function rechunked(reply: ScriptedReply, offsets: readonly number[]): ScriptedReply {
  const bytes = Buffer.concat(
    (reply.body ?? [])
      .filter((part) => typeof part === 'string' || part instanceof Uint8Array)
      .map((part) => Buffer.from(part)),
  );
  const cuts = [
    0,
    ...offsets.filter((at) => at > 0 && at < bytes.length).toSorted((a, b) => a - b),
    bytes.length,
  ];
  return { ...reply, body: cuts.slice(1).map((end, index) => bytes.subarray(cuts[index], end)) };
}

/** The next step of a script; a function to be called once a request. */
export function player(script: Script): (asked: AskedChat) => Promise<ScriptedReply> {
  const steps = Array.isArray(script) ? (script as readonly ScriptedStep[]) : [script as ScriptedStep];
  let played = 0;
  return async (asked) => {
    const step = steps[Math.min(played, steps.length - 1)];
    played += 1;
    if (step === undefined) throw new Error('The script has no step.');
    return typeof step === 'function' ? step(asked) : step;
  };
}

/** The body of a chat request as scripts see it, whatever it is. */
export function parseChat(text: string): AskedChat {
  let body: Record<string, unknown> = {};
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null) body = parsed as Record<string, unknown>;
  } catch {
    // A request without a JSON body is recorded all the same.
  }
  return {
    model: typeof body['model'] === 'string' ? body['model'] : '',
    stream: body['stream'] === true,
    body,
  };
}

function complete(
  { content, tokens, toolCalls, finish, usage, extra }: ScriptedAnswer,
  model: string,
): Answer {
  const joined = tokens?.map(({ text }) => text).join('');
  return {
    id: 'chatcmpl-scripted',
    created: 1_700_000_000,
    model,
    fingerprint: 'scripted',
    content: content ?? joined ?? (toolCalls === undefined ? '' : null),
    ...defined({ tokens }),
    ...(toolCalls === undefined
      ? {}
      : { toolCalls: toolCalls.map((call, index) => ({ id: `call_${index}`, ...call })) }),
    finish: finish ?? (toolCalls === undefined ? 'stop' : 'tool_calls'),
    usage: usage ?? { inputTokens: 10, outputTokens: tokens?.length ?? 1 },
    ...defined({ extra }),
  };
}
