import { memberOf } from '../../defined.ts';
import { errorInside, isCompletion, type Completion } from '../../protocol/common/chat.ts';
import { isObject } from '../../protocol/common/list-of-entries.ts';
import { createJsonEdit, type Ends } from '../../wire/json-edit.ts';
import { scanTokens } from '../../wire/scan-tokens.ts';
import { isDone } from '../../wire/sse.ts';
import type { AnswerSource, EventReader, WholeReading } from '../dialect.ts';
import { withoutTokens } from '../transport/redact.ts';
import { InvalidAnswer } from '../upstream.ts';
import { mendArguments } from './mend-arguments.ts';
import { createChunkMender } from './mend-chunk.ts';
import { parseLenient } from './parse-lenient.ts';
import { upstreamMessage } from './status-failure.ts';

/** A whole completion. @throws {InvalidAnswer} where the text is no completion with a message, or is marked as failed. */
export function readCompletion(
  text: string,
  { upstream }: AnswerSource,
  detail: 'all' | 'signals',
): WholeReading {
  const { value, ends, mended } = parsed(text, upstream, detail);
  const error = errorInside(value);
  if (error !== undefined) throw failedAnswer(`Upstream '${upstream}' answered with an error.`, error);
  if (isCompletion(value) && isObject(value.choices[0]?.message)) {
    const inText = withTextArguments(value, mended ?? text) ?? mended;
    return inText === undefined
      ? { completion: value, ends }
      : { completion: value, ends: new Map(), mended: inText };
  }
  throw new InvalidAnswer(
    `Upstream '${upstream}' answered with JSON that is not a chat completion (no choices[0].message).`,
  );
}

/** The answer with its calls' arguments as texts; `undefined` where they are. The value is changed too. */
function withTextArguments(completion: Completion, text: string): string | undefined {
  const changes = completion.choices.map(({ message }) => message && mendArguments(message));
  const change = changes.find((each) => each != null);
  if (change == null) return undefined;
  const edit = createJsonEdit(text);
  // The same for every message: it leaves texts as they are.
  edit.editEach('choices', (choice) => choice.edit('message', change));
  return edit.toString();
}

function parsed(
  text: string,
  upstream: string,
  detail: 'all' | 'signals',
): ParsedAnswer & { mended?: string } {
  try {
    if (detail === 'signals') return parseAnswer(text);
  } catch {
    // Told apart below.
  }
  try {
    return { ...parseLenient(text), ends: new Map() };
  } catch {
    throw new InvalidAnswer(`Upstream '${upstream}' answered with text that is not whole JSON.`);
  }
}

/** Events of these names are the API's; any other is something of the server's own. */
const NAMES: ReadonlySet<string> = new Set(['message', 'error']);

/**
 * Reads the events of one stream.
 * @returns what throws {@link InvalidAnswer} where an event is an error, or no part of an answer.
 */
export function openEvents({ upstream }: AnswerSource): EventReader {
  const mender = createChunkMender();
  return (event) => {
    const { data, name } = event;
    if (isDone(data)) return 'done';
    if (data.trim() === '' || (name !== undefined && !NAMES.has(name))) return 'heartbeat';
    let read: { value: unknown; mended?: string };
    try {
      read = parseLenient(data);
    } catch {
      throw new InvalidAnswer(`The stream of upstream '${upstream}' holds an event that is not JSON.`);
    }
    const { value } = read;
    if (read.mended !== undefined) event.data = read.mended;
    // The error's own words are for operators.
    const error = name === 'error' ? value : (errorInside(value) ?? otherError(value));
    if (error !== undefined)
      throw failedAnswer(`The stream of upstream '${upstream}' ended with an error.`, error);
    const chunk = chunkOf(value);
    if (chunk === 'heartbeat') return chunk;
    if (chunk === undefined)
      throw new InvalidAnswer(
        `The stream of upstream '${upstream}' holds an event that is not a chunk of a completion.`,
      );
    event.data = mender.mend(chunk, event.data) ?? event.data;
    return chunk;
  };
}

/** A chunk whose choices are a list or nothing; an object that says nothing of the answer is a sign of life. */
function chunkOf(value: unknown): Completion | 'heartbeat' | undefined {
  if (isCompletion(value)) return value;
  if (value === null) return 'heartbeat';
  if (typeof value !== 'object' || Array.isArray(value)) return undefined;
  const choices = memberOf(value, 'choices');
  if (choices != null && !isEmptyObject(choices)) return undefined;
  // What it lacks is mended before it is read.
  return memberOf(value, 'usage') == null ? 'heartbeat' : (value as Completion);
}

function isEmptyObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

/** An error that is not called one: FastAPI's `detail`, or an empty `error` in the place of an answer. */
function otherError(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || 'choices' in value) return undefined;
  if ('error' in value && value.error != null && value.error !== false) return value.error;
  return 'detail' in value ? value.detail : undefined;
}

function failedAnswer(message: string, error: unknown): InvalidAnswer {
  const said = upstreamMessage(error) ?? upstreamMessage({ error });
  return new InvalidAnswer(message, 'upstream_error', said === undefined ? undefined : withoutTokens(said));
}

/** A whole answer's JSON. */
export interface ParsedAnswer {
  /** As `JSON.parse` gives it, but that tokens' log-probabilities may lack what no signal is made from. */
  value: unknown;
  /** What is known of the text's long parts: an edit need not walk over them again. */
  ends: Ends;
}

const TOKENS_BEGIN = /"logprobs"\s*:\s*\{\s*"content"\s*:\s*\[/;

/**
 * Parses a whole answer. Its tokens with their log-probabilities, mostly nine tenths of the text, are scanned for what is
 * read of them; a stand-in takes their place while the rest is parsed.
 * @throws {SyntaxError} where the text is no JSON.
 */
export function parseAnswer(text: string): ParsedAnswer {
  const begin = TOKENS_BEGIN.exec(text);
  if (begin !== null) {
    const at = begin.index + begin[0].length - 1;
    const scanned = scanTokens(text, at);
    if (scanned !== undefined) {
      const value: unknown = JSON.parse(`${text.slice(0, at)}${STAND_IN}${text.slice(scanned.end)}`);
      if (putBack(value, scanned.tokens)) return { value, ends: new Map([[at, scanned.end]]) };
    }
  }
  return { value: JSON.parse(text) as unknown, ends: new Map() };
}

/** Not a list of tokens, so that it cannot be taken for one. */
const STAND_IN = '0';

/** @returns false where what was scanned are not the first choice's tokens, but something of the same name elsewhere. */
function putBack(value: unknown, tokens: readonly unknown[]): boolean {
  const logprobs = memberOf(memberOf(memberOf(value, 'choices'), '0'), 'logprobs');
  if (memberOf(logprobs, 'content') !== Number(STAND_IN)) return false;
  return Reflect.set(logprobs as object, 'content', tokens);
}
