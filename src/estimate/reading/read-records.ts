import { memberOf } from '../../defined.ts';
import { readPieces } from '../../traces/read-write.ts';
import { listOf } from '../../traces/question-text.ts';
import type { LogRecord } from './log-format.ts';
import { isRecord } from './read-values.ts';
import { createRecordSplitter, LISTS, type RecordText } from './split-records.ts';

/** A record of a log and the line that it begins in; or why it is none. */
export type FoundRecord = { line: number } & ({ record: LogRecord } | { problem: string });

/**
 * The records of a log: lines of JSON Lines, members of a JSON list, or of a list inside a JSON object; gzip if its name ends in
 * `.gz`. Memory stays bounded, however long the file or its lines are.
 * @throws {TraceFileError} if the file cannot be read.
 */
export async function* readRecords(file: string): AsyncGenerator<FoundRecord> {
  const splitter = createRecordSplitter();
  for await (const piece of readPieces(file))
    for (const found of splitter.push(piece)) yield* recordsIn(found);
  for (const found of splitter.end()) yield* recordsIn(found);
}

function* recordsIn({ line, text }: RecordText): Generator<FoundRecord> {
  if (text === undefined) {
    yield { line, problem: 'it is longer than a million characters' };
    return;
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    yield { line, problem: 'it is not JSON' };
    return;
  }
  for (const record of insideOf(value)) {
    yield isRecord(record) ? { line, record } : { line, problem: 'it is no JSON object' };
  }
}

/** A page of an API or an exported trace on one line holds a list of records. */
function insideOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  const isOne = ['messages', 'choices', 'attempts', 'input', 'response'].some(
    (name) => memberOf(value, name) !== undefined,
  );
  const name = isRecord(value) && !isOne ? Object.keys(value).find((key) => LISTS.has(key)) : undefined;
  const list = name === undefined ? [] : listOf(memberOf(value, name)).filter(isRecord);
  return list.length === 0 ? [value] : list;
}
