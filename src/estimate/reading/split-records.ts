/** The text of one record of a log, and the line that it begins in; without text where it is too long. */
export interface RecordText {
  /** 1-based. */
  line: number;
  text?: string;
}

/** Cuts a log into records while it is read. A record is a line of JSON Lines, or a member of a JSON list. */
export interface RecordSplitter {
  push(piece: string): RecordText[];
  end(): RecordText[];
}

/** Longer than any model's context, in UTF-16 units: such a record is left out, so memory stays bounded. */
export const LONGEST_RECORD = 1_000_000;
/** A member of a JSON object under these names is a list of records: exports and pages of APIs wrap them so. */
export const LISTS: ReadonlySet<string> = new Set([
  'data',
  'observations',
  'generations',
  'logs',
  'records',
  'items',
  'rows',
  'entries',
  'results',
]);

/** @param longest the longest record that is kept. */
export function createRecordSplitter(longest = LONGEST_RECORD): RecordSplitter {
  let start = '';
  /** Lines of nothing before the first record: they are not kept. */
  let blank = 0;
  let chosen: RecordSplitter | undefined;
  const choose = (isWhole: boolean): RecordText[] => {
    const text = start.trimStart();
    blank += start.slice(0, start.length - text.length).split('\n').length - 1;
    start = text;
    const end = text.indexOf('\n');
    if (text === '' || (!isWhole && end < 0 && text.length <= longest && text[0] !== '[')) return [];
    const first = (end < 0 ? text : text.slice(0, end)).trimEnd();
    const isList = text[0] === '[';
    const isBroken = /[{[,]$/.test(first);
    const isLong = first.length > longest;
    chosen =
      isList || isBroken || isLong ? splitDocument(longest, blank + 1) : splitLines(longest, blank + 1);
    const found = chosen.push(start);
    start = '';
    return found;
  };
  return {
    push(piece) {
      if (chosen !== undefined) return chosen.push(piece);
      start += piece;
      return choose(false);
    },
    end() {
      const found = chosen === undefined ? choose(true) : [];
      return [...found, ...(chosen?.end() ?? [])];
    },
  };
}

function splitLines(longest: number, first: number): RecordSplitter {
  let parts: string[] = [];
  let length = 0;
  let line = first;
  const take = (): RecordText[] => {
    const text = length > longest ? undefined : parts.join('');
    parts = [];
    length = 0;
    if (text === undefined) return [{ line }];
    return text.trim() === '' ? [] : [{ line, text }];
  };
  const add = (text: string): void => {
    length += text.length;
    if (length > longest) parts = [];
    else parts.push(text);
  };
  return {
    push(piece) {
      const found: RecordText[] = [];
      let from = 0;
      for (let end = piece.indexOf('\n'); end >= 0; end = piece.indexOf('\n', from)) {
        add(piece.slice(from, end));
        found.push(...take());
        line += 1;
        from = end + 1;
      }
      add(piece.slice(from));
      return found;
    },
    end: take,
  };
}

const [QUOTE, BACKSLASH, COLON, OPEN_LIST, CLOSE_LIST, OPEN, CLOSE] = Array.from('"\\:[]{}', (sign) =>
  sign.charCodeAt(0),
);
const LINE_FEED = 10;

/** One JSON value, or several: the members of a list, be it the value itself or a member of it under one of the known names. */
function splitDocument(longest: number, first: number): RecordSplitter {
  let line = first;
  let [depth, inString, escaped] = [0, false, false];
  /** How deep the members of the list are; undefined outside of a list. */
  let listDepth: number | undefined;
  /** The last string in the outermost object, in case it is the name of a list. */
  let name = '';
  let isName = false;
  /** How deep the members of a list are that has just begun, and is one of records if an object comes first. */
  let maybeList: number | undefined;
  let record: { line: number; depth: number; parts: string[]; length: number } | undefined;

  const keep = (text: string): void => {
    if (record === undefined) return;
    record.length += text.length;
    if (record.length > longest) record.parts = [];
    else record.parts.push(text);
  };
  const finish = (): RecordText[] => {
    const { line: at, length, parts } = record ?? { line: 0, length: 0, parts: [] };
    record = undefined;
    return [length > longest ? { line: at } : { line: at, text: parts.join('') }];
  };

  function push(piece: string): RecordText[] {
    const found: RecordText[] = [];
    let from = 0;
    for (let at = 0; at < piece.length; at++) {
      const code = piece.charCodeAt(at);
      if (code === LINE_FEED) line += 1;
      if (inString) {
        if (escaped) escaped = false;
        else if (code === BACKSLASH) escaped = true;
        else if (code === QUOTE) {
          inString = false;
          isName = depth === 1 && listDepth === undefined;
        } else if (depth === 1 && listDepth === undefined && name.length < 20) name += piece[at] ?? '';
      } else if (code === QUOTE) {
        inString = true;
        if (depth === 1) name = '';
        isName = false;
        maybeList = undefined;
      } else if (code === OPEN || code === OPEN_LIST) {
        // An object that has a list of objects is no record itself.
        if (code === OPEN && depth === maybeList) [listDepth, record] = [maybeList, undefined];
        maybeList = undefined;
        if (code === OPEN_LIST && listDepth === undefined) {
          if (depth === 0) listDepth = 1;
          else if (depth === 1 && isName && LISTS.has(name)) maybeList = 2;
        } else if (code === OPEN && record === undefined && (listDepth ?? 0) === depth) {
          record = { line, depth, parts: [], length: 0 };
          from = at;
        }
        depth += 1;
      } else if (code === CLOSE || code === CLOSE_LIST) {
        maybeList = undefined;
        depth = Math.max(0, depth - 1);
        if (record !== undefined && depth === record.depth) {
          keep(piece.slice(from, at + 1));
          found.push(...finish());
        } else if (listDepth !== undefined && depth < listDepth) listDepth = undefined;
      } else if (code > 32) {
        if (code !== COLON) isName = false;
        maybeList = undefined;
      }
    }
    if (record !== undefined) keep(piece.slice(from));
    return found;
  }
  return { push, end: () => (record === undefined ? [] : finish()) };
}
