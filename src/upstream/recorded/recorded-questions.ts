import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import {
  contentText,
  field,
  lastUserMessage,
  listOf,
  normaliseQuestion,
} from '../../traces/question-text.ts';
import { traceMessages, traceSchema, type Trace } from '../../traces/trace.ts';
import { checkBySchema } from '../../format/check-by-schema.ts';

/** Recorded questions, found by their words. */
export interface RecordedQuestions {
  /**
   * The trace whose last user message is that of these messages, but for case and white space. If several match:
   * first those with the same other messages, then the one with this id, then the first.
   */
  find(messages: unknown, id?: string): Trace | undefined;
  /** The most similar questions that are short enough to be typed; any, where none is similar. */
  nearest(question: string, count: number): string[];
  /** The traces whose question is wanted, each read from its line when it is taken. */
  traces(wanted: (question: string) => boolean): Iterable<Trace>;
}

interface Entry {
  question: string;
  trace(): Trace;
}

/** Suggestions are to be typed. */
const MAX_SUGGESTION_CHARACTERS = 200;

/** Who said what, but for case and white space: equal for requests that differ in nothing a model reads. */
function conversation(messages: unknown): string {
  const said = listOf(messages).map((message) => [
    field(message, 'role'),
    normaliseQuestion(contentText(field(message, 'content')) ?? ''),
  ]);
  return JSON.stringify(said);
}

/** Makes recorded questions of traces; those without a user message, or that not all these models answered, are left out. */
export async function indexTraces(
  traces: Iterable<Trace> | AsyncIterable<Trace>,
  models: readonly string[] = [],
): Promise<RecordedQuestions> {
  const entries: Entry[] = [];
  for await (const trace of traces) {
    const question = lastUserMessage(traceMessages(trace));
    if (question !== undefined) entries.push({ question, trace: () => trace });
  }
  return index(entries, models);
}

/**
 * The questions of a trace file (`.jsonl`, or gzip where the name ends in `.gz`). Only the questions are read here; an
 * answer is parsed and checked when it is asked for, so that a file of thousands opens at once.
 * @param models a question that not all of these answered is left out
 * @throws {Error} if the file cannot be read or a line is not JSON, with the line's number.
 */
export async function indexTraceFile(
  path: string,
  models: readonly string[] = [],
): Promise<RecordedQuestions> {
  const stored = await readFile(path);
  const bytes = path.endsWith('.gz') ? await promisify(gunzip)(stored) : stored;
  const entries: Entry[] = [];
  for (let start = 0, number = 1; start < bytes.length; number += 1) {
    const found = bytes.indexOf(0x0a, start);
    const end = found === -1 ? bytes.length : found;
    const line = bytes.subarray(start, end);
    start = end + 1;
    const question = questionOfLine(line, `${path}:${number}`);
    if (question !== undefined)
      entries.push({ question, trace: () => readTrace(line.toString(), `${path}:${number}`) });
  }
  return index(entries, models);
}

/** The attempts are nine tenths of a line and usually its end: the question is read without them where that works. */
function questionOfLine(line: Buffer, where: string): string | undefined {
  if (line.length === 0) return undefined;
  const attempts = line.indexOf('"attempts":');
  if (attempts !== -1) {
    try {
      const question = questionOf(
        JSON.parse(`${line.toString('utf8', 0, attempts).trimEnd().replace(/,$/, '')}}`),
      );
      if (question !== undefined) return question;
    } catch {
      // The word stood elsewhere: the whole line is parsed.
    }
  }
  return questionOf(parse(line.toString(), where));
}

function questionOf(line: unknown): string | undefined {
  const prompt = field(line, 'prompt');
  return typeof prompt === 'string' ? prompt : lastUserMessage(field(line, 'messages'));
}

function readTrace(line: string, where: string): Trace {
  const { data, error } = checkBySchema(traceSchema, parse(line, where));
  if (data !== undefined) return data;
  throw new Error(`${where}: the line is no recorded question`, { cause: error });
}

function parse(text: string, where: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new Error(`${where}: the line is not JSON`, { cause: error });
  }
}

function index(entries: readonly Entry[], models: readonly string[]): RecordedQuestions {
  const byQuestion = Map.groupBy(entries, ({ question }) => normaliseQuestion(question));
  const firsts = [...byQuestion.values()].flatMap(([entry]) => entry ?? []);
  let typable: { entry: Entry; question: string; words: Set<string> }[] | undefined;
  const isComplete = ({ attempts }: Trace): boolean =>
    models.every((model) => attempts[model]?.answer !== undefined);
  function answered(entry: Entry | undefined): Trace | undefined {
    const trace = entry?.trace();
    return trace !== undefined && isComplete(trace) ? trace : undefined;
  }
  return {
    find(messages, id) {
      const [only, ...others] = byQuestion.get(normaliseQuestion(lastUserMessage(messages) ?? '')) ?? [];
      if (others.length === 0) return answered(only);
      const candidates = [only, ...others].flatMap((entry) => answered(entry) ?? []);
      const asked = conversation(messages);
      const same = candidates.filter((trace) => conversation(traceMessages(trace)) === asked);
      const among = same.length === 0 ? candidates : same;
      return among.find((trace) => trace.id === id) ?? among[0];
    },
    nearest(question, count) {
      typable ??= firsts
        .map((entry) => ({ entry, text: entry.question.replaceAll(/\s+/g, ' ').trim() }))
        .filter(({ text }) => text.length <= MAX_SUGGESTION_CHARACTERS)
        .map(({ entry, text }) => ({ entry, question: text, words: wordsOf(text) }));
      const words = wordsOf(question);
      return typable
        .map((candidate) => ({ ...candidate, overlap: jaccard(words, candidate.words) }))
        .toSorted((a, b) => b.overlap - a.overlap)
        .values()
        .filter(({ entry }) => models.length === 0 || answered(entry) !== undefined)
        .take(count)
        .map((candidate) => candidate.question)
        .toArray();
    },
    *traces(wanted) {
      for (const entry of firsts) {
        const trace = wanted(entry.question) ? answered(entry) : undefined;
        if (trace !== undefined) yield trace;
      }
    },
  };
}

function wordsOf(text: string): Set<string> {
  return new Set(normaliseQuestion(text).match(/[\p{L}\p{N}]+/gu));
}

function jaccard(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  const shared = a.intersection(b).size;
  return shared === 0 ? 0 : shared / (a.size + b.size - shared);
}
