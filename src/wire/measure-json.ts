import { WeirError } from '../errors.ts';

/** Deeper nesting overflows the stack of whatever walks the value: `JSON.stringify` fails between 4,000 and 8,000. */
const MOST_DEPTH = 512;
/**
 * No chat needs as many. Keys and short strings that all differ are the dearest: half a million of them hold up every other
 * request for more than half a second while they are parsed.
 */
const MOST_VALUES = 100_000;
/** Of the body itself. The schema copies its fields, and each edit of the text looks at all of them. */
const MOST_FIELDS = 1_000;
/** A shorter text cannot have enough values to matter, only depth. */
const COUNTED_FROM = 65_536;

const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a];
const [LIST, LIST_END, OBJECT, OBJECT_END] = [0x5b, 0x5d, 0x7b, 0x7d];

/**
 * Looks how a JSON text is built before it is parsed, in one pass and without memory. Short texts with few brackets are
 * not even walked.
 * @returns how many values it has, roughly: keys, entries, lists and objects; 0 for short texts.
 * @throws {WeirError} `invalid_request` where it is nested too deep or has too many values or fields to be parsed at all.
 */
export function measureJson(text: string): number {
  if (text.length < 2 * MOST_DEPTH) return 0;
  if (text.length < COUNTED_FROM && hasFewBrackets(text)) return 0;
  let depth = 0;
  let values = 0;
  let fields = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at);
    else if (code === COMMA) values += 1;
    else if (code === COLON) {
      values += 1;
      if (depth === 1) fields += 1;
    } else if (code === LIST || code === OBJECT) {
      values += 1;
      depth += 1;
      if (depth > MOST_DEPTH) throw refused(`it is nested more than ${MOST_DEPTH} levels deep`);
    } else if (code === LIST_END || code === OBJECT_END) depth -= 1;
    if (values > MOST_VALUES) throw refused(`it has more than ${MOST_VALUES} values`);
    if (fields > MOST_FIELDS) throw refused(`it has more than ${MOST_FIELDS} fields`);
  }
  return values;
}

/** Fewer brackets than the greatest depth, those within strings included. */
function hasFewBrackets(text: string): boolean {
  let left = MOST_DEPTH;
  for (const bracket of ['[', '{']) {
    for (let at = text.indexOf(bracket); at !== -1; at = text.indexOf(bracket, at + 1)) {
      left -= 1;
      if (left <= 0) return false;
    }
  }
  return true;
}

/** The closing quote of the string that begins at `start`. Long strings, such as images, are skipped at the engine's speed. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let before = end - 1;
    while (text.charCodeAt(before) === BACKSLASH) before -= 1;
    if ((end - 1 - before) % 2 === 0) return end;
  }
  return text.length;
}

function refused(why: string): WeirError {
  return new WeirError(
    'invalid_request',
    `The request body cannot be read: ${why}. Send less, or nest less.`,
  );
}
