/** Where an answer says what it comes to. */

/** What an answer comes to. */
export interface Conclusion {
  text: string;
  /** Other words lead to it, and are not compared. */
  isDrawn: boolean;
}

const MARK =
  /\\boxed\{|\bfinal answer\b|\b(?:the|my) (?:(?:final|correct|right) )?answer is\b|^[#\s*_]*answer[*_ ]*:|^####/gim;
/** What may stand before a mark in its line: anything else could deny it. */
const BEFORE =
  /^[\s*_#>$\\([:=-]*(?:(?:so|thus|hence|therefore|and|the|is|answer|final)\b[\s*_,:$\\([=-]*)*$/i;
const LEAD = /^(?:so|thus|hence|therefore|in conclusion|in total|altogether)\b,? */i;

/**
 * The conclusion of an answer: what stands behind its only mark (`Final answer:`, `\boxed{}`, `####`, `the answer is`), in its
 * last line; else its last sentence, if it begins with `So` or the like; else all of it. Undefined where marks contradict each
 * other, or words that stand around one might take it back.
 */
export function concludes(text: string): Conclusion | undefined {
  const end = text.lastIndexOf('\n') + 1;
  const line = text.slice(end);
  const marks = [...text.matchAll(MARK)];
  if (marks.length === 0) return lastSentence(text, line);
  const [first, last] = [marks[0], marks.at(-1)];
  if (first === undefined || last === undefined || first.index < end) return undefined;
  if (!BEFORE.test(text.slice(end, first.index))) return undefined;
  const between = text.slice(first.index + first[0].length, last.index);
  if (last !== first && !BEFORE.test(between)) return undefined;
  const rest = text.slice(last.index + last[0].length);
  const isDrawn = text.slice(0, first.index).trim() !== '';
  if (!last[0].startsWith('\\boxed')) {
    const said = rest.replace(/^(?:\s*is\b)?[\s*_:=-]*(?=\S)/i, keepSign).replace(/[*_]+$/, '');
    return said.trim() === '' ? undefined : { text: said.trim(), isDrawn };
  }
  const close = /^([^{}]*)\}([\s$.!*_)\]\\]*)$/.exec(rest);
  return close?.[1] === undefined ? undefined : { text: close[1].trim(), isDrawn };
}

/** What leads to an answer is left out, but for the minus before a number. */
function keepSign(lead: string): string {
  return lead.endsWith('-') ? '-' : '';
}

function lastSentence(text: string, line: string): Conclusion {
  const sentence = line.split(/(?<=[.!?])\s+/).at(-1) ?? line;
  const lead = LEAD.exec(sentence)?.[0];
  return lead === undefined || sentence === text
    ? { text, isDrawn: false }
    : { text: sentence.slice(lead.length), isDrawn: true };
}
