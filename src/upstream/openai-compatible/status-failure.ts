import { memberOf } from '../../defined.ts';
import { commandLine } from '../../format/command-line.ts';
import { errorInside } from '../../protocol/common/chat.ts';
import { withoutTokens } from '../transport/redact.ts';
import { parseRetryAfter } from '../transport/retry-after.ts';
import type { RefusedAnswer } from '../transport/http-upstream.ts';
import type { UpstreamFailure } from '../upstream.ts';

const MAX_MESSAGE_CHARACTERS = 500;

/** The words of a server that does not take what the gateway adds to requests. */
export const LOGPROBS = /logprob/i;
export const STREAM_USAGE = /stream_options|include_usage/i;

/** OpenAI and its kind; llama.cpp's server. */
const CONTEXT_CODES: ReadonlySet<unknown> = new Set(['context_length_exceeded', 'exceed_context_size_error']);
/** vLLM, LM Studio, Gemini and others say it in words only. */
const CONTEXT_WORDS =
  /context (length|size|window)|context the overflows|maximum input length|prompt is too long|input token count/i;

/** What an upstream's refusal means for the client, in the words of `errors.ts`. */
export function failureOfStatus(answer: RefusedAnswer): UpstreamFailure {
  const { upstream, status, model } = answer;
  const body = parseJson(answer.text);
  const said = upstreamMessage(body) ?? plainText(answer) ?? target(answer);
  const failure = (
    code: UpstreamFailure['code'],
    message: string,
    more: Partial<UpstreamFailure> = {},
  ): UpstreamFailure => ({
    code,
    message,
    ...(said === undefined ? {} : { said: withoutTokens(said) }),
    status,
    safeToRepeat: false,
    ...(turnsAway(status) ? { unbilled: true } : {}),
    ...(body === undefined ? {} : { body }),
    ...more,
  });

  if (isContextOverflow(status, body, said)) {
    return failure(
      'context_length_exceeded',
      `The prompt is too long for model '${model}' of upstream '${upstream}' (${status}).`,
    );
  }
  // The words tell apart what the key may not do from what the model cannot.
  if (status === 403 && said !== undefined && (LOGPROBS.test(said) || STREAM_USAGE.test(said)))
    return failure('upstream_rejected', `Upstream '${upstream}' rejected the request (${status}).`);
  switch (status) {
    case 400:
    case 413:
    case 422:
      return failure('upstream_rejected', `Upstream '${upstream}' rejected the request (${status}).`);
    case 401:
    case 403:
      return withoutWords(
        failure(
          'upstream_credentials',
          `Upstream '${upstream}' refused the gateway's own credentials (${status}); set \`upstreams.${upstream}.apiKey\` to a key that may use model '${model}'.`,
        ),
      );
    case 402:
      return withoutWords(
        failure(
          'upstream_credentials',
          `The account at upstream '${upstream}' has no credit left (402); top it up.`,
        ),
      );
    case 404:
      return failure(
        'upstream_error',
        `Upstream '${upstream}' does not know model '${model}', or its \`baseUrl\` is not right (404). ` +
          `${commandLine('doctor')} lists the models it has; a base URL usually ends in '/v1'.`,
        { address: answer.url },
      );
    case 408:
    case 504:
      return failure('upstream_timeout', `Upstream '${upstream}' says that it took too long (${status}).`);
    case 429:
      return rateLimited(answer, failure, errorField(body, 'code'));
    case 503:
    case 529:
      return failure('upstream_unavailable', `Upstream '${upstream}' is not ready (${status}).`, {
        ...retryAfter(answer),
        // A server that turns a request away has not begun it.
        safeToRepeat: true,
      });
    default:
      return failure(
        'upstream_error',
        `Upstream '${upstream}' answered ${status}${status === 200 ? ' with an error' : ''}${hint(answer)}`,
        { ...retryAfter(answer), ...(hint(answer) === '.' ? {} : { address: answer.url }) },
      );
  }
}

/** Whether a server with this status has not run its model. It may have after a 500, 502 or 504, or an error in a 200. */
function turnsAway(status: number): boolean {
  return (
    status === 503 || status === 529 || (status >= 300 && status < 500 && status !== 408 && status !== 499)
  );
}

function rateLimited(
  answer: RefusedAnswer,
  failure: (
    code: UpstreamFailure['code'],
    message: string,
    more?: Partial<UpstreamFailure>,
  ) => UpstreamFailure,
  code: unknown,
): UpstreamFailure {
  const wait = retryAfter(answer);
  const until =
    wait.retryAfterMs === undefined ? '' : `, and asks to wait ${Math.ceil(wait.retryAfterMs / 1_000)} s`;
  return failure(
    'upstream_rate_limited',
    `Upstream '${answer.upstream}' limits the rate of model '${answer.model}' (429)${until}.`,
    {
      ...wait,
      // OpenAI answers 429 to an empty account as well, and no waiting helps there.
      safeToRepeat: code !== 'insufficient_quota',
    },
  );
}

function isContextOverflow(status: number, body: unknown, said: string | undefined): boolean {
  if (CONTEXT_CODES.has(errorField(body, 'code')) || CONTEXT_CODES.has(errorField(body, 'type'))) return true;
  return [400, 404, 413, 422].includes(status) && said !== undefined && CONTEXT_WORDS.test(said);
}

function hint({ status }: RefusedAnswer): string {
  if (status >= 300 && status < 400)
    return ' and points elsewhere; redirects are not followed: correct its `baseUrl`.';
  return status === 405 || status === 410 || status === 415
    ? '; is its `baseUrl` right? It usually ends in /v1.'
    : '.';
}

/** Where it points to instead. */
function target({ status, headers }: RefusedAnswer): string | undefined {
  const location = headers['location'];
  return status >= 300 && status < 400 && location !== undefined ? shorten(location) : undefined;
}

function retryAfter(answer: RefusedAnswer): { retryAfterMs?: number } {
  const retryAfterMs = parseRetryAfter(answer.headers, Date.now());
  return retryAfterMs === undefined ? {} : { retryAfterMs };
}

/** What a server says about a refused key is for the operator: its body, which clients may read, is left out. */
function withoutWords({ body: _, ...failure }: UpstreamFailure): UpstreamFailure {
  return failure;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The shapes in use: OpenAI's object, Ollama's string, vLLM's flat one, FastAPI's `detail`, Gemini's array of one. */
export function upstreamMessage(body: unknown): string | undefined {
  const found = [
    errorField(body, 'message'),
    field(body, 'error'),
    field(body, 'message'),
    field(body, 'detail'),
    ofFields(field(body, 'detail')),
  ].find((value) => typeof value === 'string' && value !== '');
  return typeof found === 'string' ? shorten(found) : undefined;
}

/** FastAPI's list of fields that are wrong. */
function ofFields(detail: unknown): string | undefined {
  if (!Array.isArray(detail)) return undefined;
  const said = detail.flatMap((each) => {
    const [loc, msg] = [field(each, 'loc'), field(each, 'msg')];
    if (typeof msg !== 'string') return [];
    return [Array.isArray(loc) ? `${loc.join('.')}: ${msg}` : msg];
  });
  return said.join('; ');
}

const ERROR = '"error"';
/** The ends of a long answer that are looked at: its middle is tokens, and whoever reads it looks at its members once more. */
const END_CHARACTERS = 1_024;

function mayHaveError(text: string): boolean {
  if (text.length <= 2 * END_CHARACTERS || !text.includes('"choices"')) return text.includes(ERROR);
  return text.slice(0, END_CHARACTERS).includes(ERROR) || text.slice(-END_CHARACTERS).includes(ERROR);
}

/** The status that an error inside a 200 stands for; 200 where it names none. `undefined`: there is no error in it. */
export function statusOfErrorInside(text: string): number | undefined {
  // Looking for the word is cheaper than parsing each answer; within a string of JSON its quotes would be escaped.
  if (!mayHaveError(text)) return undefined;
  const value = parseJson(text);
  const error = errorInside(value);
  if (error === undefined) {
    const inPlace = memberOf(value, 'choices') === undefined ? field(value, 'error') : undefined;
    return inPlace == null || inPlace === false ? undefined : 200;
  }
  const code = Number(field(error, 'code') ?? field(error, 'status'));
  return Number.isInteger(code) && code >= 400 && code <= 599 ? code : 200;
}

function errorField(body: unknown, name: string): unknown {
  const error = field(body, 'error');
  return typeof error === 'object' ? field(error, name) : field(body, name);
}

function field(value: unknown, name: string): unknown {
  const object: unknown = Array.isArray(value) ? value[0] : value;
  return typeof object === 'object' && object !== null
    ? (object as Record<string, unknown>)[name]
    : undefined;
}

function plainText({ headers, text }: RefusedAnswer): string | undefined {
  const trimmed = text.trim();
  return headers['content-type']?.startsWith('text/plain') === true && trimmed !== ''
    ? shorten(trimmed)
    : undefined;
}

function shorten(text: string): string {
  return text.length > MAX_MESSAGE_CHARACTERS ? `${text.slice(0, MAX_MESSAGE_CHARACTERS)}…` : text;
}
