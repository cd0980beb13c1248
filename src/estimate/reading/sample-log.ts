import { createUnrelatedRandom, drawUniform } from '../../calibration/fit/draws.ts';
import { defined } from '../../defined.ts';
import { hasTextAlone } from '../../routing/signals/request-text.ts';
import { traceMessages, type Trace } from '../../traces/trace.ts';
import { LOG_FORMATS } from './formats/formats.ts';
import { readBatchRequest } from './formats/openai.ts';
import { LOGGED, type LogEntry, type LogReading, type LogRecord, type RecordedAnswer } from './log-format.ts';
import { readRecords } from './read-records.ts';

/** A mistake of a log, told once. */
export interface LogProblem {
  /** A sentence's end about a record: `it has no answer`. */
  problem: string;
  count: number;
  /** Where it is first, 1-based. */
  line: number;
}

export interface LogSample {
  /** Requests with their answers, drawn at random, each as likely as any other; in the order of the log. */
  traces: Trace[];
  /** How many records can be used. */
  usable: number;
  /** Records by the kind of log, most frequent first. */
  formats: { name: string; records: number }[];
  problems: LogProblem[];
}

export interface SampleOptions {
  questions: number;
  seed: number;
  /** The input file of the Batch API, if the log is its output file. */
  requests?: string | undefined;
}

/** An answer whose request is in another file. */
interface Awaiting {
  awaits: string;
  answer: RecordedAnswer;
}
type Drawn = { line: number } & ({ trace: Trace } | Awaiting);

const IS_NOT_TEXT = 'it has pictures, sounds or files, which are not compared';
const NO_TOOLS = 'its answer calls tools that the log does not name';
const NESTED = 'it is nested too deeply';
const UNKNOWN = 'it is no request with an answer in a form that is known';
const NO_REQUEST = 'its request is in another file; name the input file of the batch with --requests';

/**
 * Draws requests with their answers from a log, in one pass and with memory for twice the sample: each record draws a lot, and the
 * lowest are kept. The same log and seed give the same sample, and a larger one holds the smaller.
 * @throws {TraceFileError} if a file cannot be read.
 */
export async function sampleLog(
  file: string,
  { questions, seed, requests }: SampleOptions,
): Promise<LogSample> {
  const random = createUnrelatedRandom(seed);
  const problems = new Map<string, LogProblem>();
  const formats = new Map<string, number>();
  const drawn: (Drawn & { lot: number })[] = [];
  let usable = 0;
  /** No record with a lot of this or above can be among the lowest. */
  let highest = Infinity;
  const note = (problem: string, line: number): void => {
    const before = problems.get(problem);
    if (before === undefined) problems.set(problem, { problem, count: 1, line });
    else before.count += 1;
  };

  for await (const found of readRecords(file)) {
    const { line } = found;
    const reading = 'problem' in found ? found : readRecord(found.record, formats);
    const read = 'problem' in reading ? reading : drawable(reading, line, requests !== undefined);
    if ('problem' in read) {
      note(read.problem, line);
      continue;
    }
    usable += 1;
    const lot = drawUniform(random);
    if (lot >= highest) continue;
    drawn.push({ ...read, lot });
    if (drawn.length >= 2 * questions) highest = keepLowest(drawn, questions);
  }
  keepLowest(drawn, questions);
  drawn.sort((one, other) => one.line - other.line);
  const awaited = await requestsOf(drawn, requests);
  const traces = drawn.flatMap((each): Trace[] => {
    if ('trace' in each) return [each.trace];
    const request = awaited.get(each.awaits);
    if (request === undefined) {
      note('its request is not in the file that --requests names, or has no messages', each.line);
      return [];
    }
    return [{ ...toTrace({ ...request, answer: each.answer }, each.line), id: each.awaits }];
  });
  return {
    traces: withOwnIds(traces),
    usable,
    formats: [...formats]
      .map(([name, records]) => ({ name, records }))
      .toSorted((one, other) => other.records - one.records),
    problems: [...problems.values()].toSorted((one, other) => other.count - one.count),
  };
}

/** Leaves the lowest lots. @returns the highest of them; infinite where there are fewer. */
function keepLowest(drawn: { lot: number }[], most: number): number {
  drawn.sort((one, other) => one.lot - other.lot);
  drawn.length = Math.min(drawn.length, most);
  return drawn.length < most ? Infinity : (drawn.at(-1)?.lot ?? Infinity);
}

function readRecord(record: LogRecord, formats: Map<string, number>): LogReading {
  const format = LOG_FORMATS.find((each) => each.recognises(record));
  if (format === undefined) return { problem: UNKNOWN };
  formats.set(format.name, (formats.get(format.name) ?? 0) + 1);
  try {
    return format.read(record);
  } catch (error) {
    // Reading is recursive, and a record may be nested a hundred thousand deep.
    if (error instanceof RangeError) return { problem: NESTED };
    throw error;
  }
}

function drawable(
  reading: Exclude<LogReading, { problem: string }>,
  line: number,
  hasRequests: boolean,
): Drawn | { problem: string } {
  if (
    'entry' in reading &&
    reading.entry.answer.toolCalls !== undefined &&
    reading.entry.form.tools === undefined
  )
    return { problem: NO_TOOLS };
  if ('awaits' in reading) return hasRequests ? { line, ...reading } : { problem: NO_REQUEST };
  const trace = 'trace' in reading ? reading.trace : toTrace(reading.entry, line);
  if (!hasTextAlone(traceMessages(trace))) return { problem: IS_NOT_TEXT };
  try {
    // What cannot be written cannot be asked.
    JSON.stringify(trace);
  } catch {
    return { problem: NESTED };
  }
  return { line, trace };
}

function toTrace({ messages, answer, form, model }: LogEntry, line: number): Trace {
  const { text, finish, toolCalls, costUsd, inputTokens, outputTokens } = answer;
  const asked = answer.model ?? model;
  return {
    id: `line-${line}`,
    group: 'log',
    messages: messages.map((message) => ({ role: 'user', ...message })),
    ...form,
    attempts: {
      [LOGGED]: defined({
        answer: text,
        toolCalls,
        finish,
        costUsd,
        inputTokens,
        outputTokens,
        source: asked === undefined ? undefined : { model: asked },
      }),
    },
  };
}

async function requestsOf(
  drawn: readonly Drawn[],
  file: string | undefined,
): Promise<Map<string, Omit<LogEntry, 'answer'>>> {
  const found = new Map<string, Omit<LogEntry, 'answer'>>();
  const awaited = new Set(drawn.flatMap((each) => ('awaits' in each ? [each.awaits] : [])));
  if (file === undefined || awaited.size === 0) return found;
  for await (const each of readRecords(file)) {
    const request = 'record' in each ? readBatchRequest(each.record) : undefined;
    if (request !== undefined && awaited.has(request.id)) found.set(request.id, request);
  }
  return found;
}

/** Records of one list on one line, and traces of several files put together, may have the same id. */
function withOwnIds(traces: readonly Trace[]): Trace[] {
  const seen = new Map<string, number>();
  return traces.map((trace) => {
    const times = (seen.get(trace.id) ?? 0) + 1;
    seen.set(trace.id, times);
    return times === 1 ? trace : { ...trace, id: `${trace.id}-${times}` };
  });
}
