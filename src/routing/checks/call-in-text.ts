import type { OfferedTools } from './expectations.ts';

/**
 * Whether a text holds a call of an offered tool: a call that the server did not recognise as one, so that the client gets words
 * in its place. A text that talks about calls, or shows one in the middle, is none.
 * @param bareJson whether JSON without any markup may be a call: not where the client asked for JSON.
 */
export function holdsCall(
  text: string,
  tools: Pick<OfferedTools, 'find'>,
  { bareJson }: { bareJson: boolean },
): boolean {
  const isOffered = (name: string | undefined): boolean => name !== undefined && isTool(name, tools);
  if (markedNames(text).some(isOffered)) return true;
  const fenced = fencedAtTheEnd(text);
  if (fenced?.isAll === true && markedNames(fenced.body).some(isOffered)) return true;
  if (bareJson && (namesAtStart(text).some(isOffered) || namesAtStart(fenced?.body ?? '').some(isOffered)))
    return true;
  // Python in any other block is code that the answer shows.
  const python =
    CALL_IN_BRACKETS.exec(text) ??
    (fenced?.label.startsWith('tool') === true ? PLAIN_CALL.exec(fenced.body) : null);
  return isOffered(python?.[1]);
}

/** `functions.` before a name and a number after it are the markup's own (Kimi, gpt-oss). */
function isTool(name: string, tools: Pick<OfferedTools, 'find'>): boolean {
  return (
    tools.find(name) !== undefined ||
    tools.find(name.replace(/^functions\./, '').replace(/:\d{1,4}$/, '')) !== undefined
  );
}

/** What models write before a call, in their own tokens: no person writes these. */
const TOKENS =
  /\[TOOL_CALLS\]|<\|python_tag\|>|<\|(?:start_)?action(?:_start)?\|>|<\|tool_call(?:s_section)?(?:_begin|_start|_argument_begin)?\|?>|<｜tool▁calls?▁begin｜>|to=functions\./gi;

/** Markup that people write about too: it is a call at the start of the text or of a line, or after the end of a sentence. */
const MARKUP =
  /(?=<)(?<=^|\n[ \t]{0,8}|[.:!?…>][ \t]{0,8})(?:<(?:[\w-]{1,32}:|｜DSML｜)?(?:tool_calls?|toolcall|function_calls?|tool_use)>|(?=<(?:function(?:=| name=)|(?:[\w-]{1,32}:|｜DSML｜)?invoke name=)))/gi;

/** The name of a called tool, right after what opens the call. */
const NAMED =
  /(?:\s|<(?:[\w-]{1,32}:|｜DSML｜)?(?:tool_calls?|function_calls?)>|<｜tool▁calls?▁begin｜>|<\|tool_call_begin\|>|<\|plugin\|>){0,16}(?:<(?:function=|function name=|(?:[\w-]{1,32}:|｜DSML｜)?invoke name=)["']?([\w.-]{1,128})["']?[^>\n]{0,64}>|(?:call:|function<｜tool▁sep｜>)?\[?([\w.-]{1,128}(?::\d{1,4})?)[ \t]{0,8}(?=[[{(]|\n|<[|｜a]|(?:json|code)\b|$))/y;

/** An answer with many marks has a call at one of the first, or is about calls. */
const MOST_MARKS = 8;

/** Names that stand where markup calls a tool. */
function markedNames(text: string): string[] {
  const names: string[] = [];
  let marks = 0;
  for (const marker of [TOKENS, MARKUP]) {
    for (const mark of text.matchAll(marker)) {
      if ((marks += 1) > MOST_MARKS) return names;
      const end = mark.index + mark[0].length;
      if (isCode(text, mark.index)) continue;
      const window = text.slice(end, end + LONGEST_CALL);
      NAMED.lastIndex = 0;
      const named = NAMED.exec(window);
      const name = named?.[1] ?? named?.[2];
      if (name !== undefined) names.push(name);
      names.push(...namesAtStart(window.slice(NAME_SKIP.exec(window)?.[0].length ?? 0)));
    }
  }
  return names;
}

/** Between the mark and the JSON of a call. */
const NAME_SKIP = /^(?:\s|<\|plugin\|>|<(?:tool_calls?|function_calls?)>){0,16}/;

/** Whether a place is within quoted code. */
function isCode(text: string, index: number): boolean {
  if (text[index - 1] === '`') return true;
  let fences = 0;
  for (let at = text.indexOf('```'); at !== -1 && at < index; at = text.indexOf('```', at + 3)) fences += 1;
  return fences % 2 === 1;
}

/** In UTF-16 code units; a longer one is read by its first name. */
const LONGEST_CALL = 65_536;

/** Names in the JSON of a call, or of several, with which a text begins. */
function namesAtStart(text: string): string[] {
  const start = text.slice(0, LONGEST_CALL);
  const first = start[0];
  if (first !== '{' && first !== '[') return [];
  const end = endOfJson(start);
  const value = end === undefined ? undefined : parsed(start.slice(0, end));
  if (value === undefined) {
    const cut = CUT_CALL.exec(start)?.[1];
    return cut === undefined ? [] : [cut];
  }
  return calledIn(value);
}

/** A call whose JSON was cut, or is not quite JSON. */
const CUT_CALL =
  /^\[?\s{0,64}\{\s{0,64}"(?:name|tool_name)"\s{0,8}:\s{0,8}"([\w.-]{1,128})"\s{0,8},\s{0,64}"(?:arguments|parameters)"\s{0,8}:\s{0,8}\{/;

/** Where the JSON object or array ends with which a text begins; `undefined` where it does not. */
function endOfJson(text: string): number | undefined {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text[at];
    if (inString) {
      if (unit === '\\') at += 1;
      else if (unit === '"') inString = false;
    } else if (unit === '"') inString = true;
    else if (unit === '{' || unit === '[') depth += 1;
    else if (unit === '}' || unit === ']') {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const NAME_KEYS = ['name', 'tool_name', 'tool', 'function', 'action'];
const ARGUMENT_KEYS = ['arguments', 'parameters', 'args', 'input', 'tool_input', 'action_input'];
/** What a call may have beside its name and its arguments. Anything else, and it is data, or the description of a tool. */
const OTHER_KEYS = new Set(['id', 'type', 'index', 'call_id', 'tool_call_id', 'thought']);
const MOST_CALLS = 16;

/** The tools that a value calls. */
function calledIn(value: unknown): string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.slice(0, MOST_CALLS).flatMap((each) => {
    if (typeof each !== 'object' || each === null) return [];
    const members = new Map<string, unknown>(Object.entries(each));
    const inside = members.get('tool_calls');
    if (members.size === 1 && Array.isArray(inside)) {
      return inside.slice(0, MOST_CALLS).flatMap((call) => calledBy(call));
    }
    return calledBy(each);
  });
}

function calledBy(call: unknown): string[] {
  if (typeof call !== 'object' || call === null) return [];
  const members = new Map<string, unknown>(Object.entries(call));
  const inner = members.get('function');
  if (typeof inner === 'object' && inner !== null) return calledBy(inner);
  const nameKey = NAME_KEYS.find((key) => typeof members.get(key) === 'string');
  const argumentKey = ARGUMENT_KEYS.find((key) => members.has(key));
  if (nameKey === undefined || argumentKey === undefined) return [];
  const others = [...members.keys()].filter((key) => key !== nameKey && key !== argumentKey);
  if (others.some((key) => !OTHER_KEYS.has(key)) || isSchema(members.get(argumentKey))) return [];
  const name = members.get(nameKey);
  return typeof name === 'string' ? [name] : [];
}

/** A tool's description has a schema in the place of arguments. */
function isSchema(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    'type' in value &&
    value.type === 'object' &&
    'properties' in value
  );
}

/** Much before a block, or words like these, and the block is an illustration. */
const MOST_WORDS_BEFORE = 300;
const ILLUSTRATES =
  /\b(?:examples?|for instance|e\.g\.|such as|would look|looks? like|format|syntax|schema|sample|could (?:send|write|use|call))\b/i;

/** The code block with which a text ends, where little stands before it that could say that it is an illustration. */
function fencedAtTheEnd(text: string): { label: string; body: string; isAll: boolean } | undefined {
  const start = text.indexOf('```');
  if (start === -1 || start > MOST_WORDS_BEFORE || ILLUSTRATES.test(text.slice(0, start))) return undefined;
  const line = text.indexOf('\n', start);
  if (line === -1 || line - start > 32) return undefined;
  const end = text.indexOf('```', line);
  if (end !== -1 && text.slice(end + 3).trim() !== '') return undefined;
  const body = text.slice(line + 1, end === -1 ? undefined : end).trim();
  return { label: text.slice(start + 3, line).trim(), body, isAll: start === 0 };
}

/** Calls as Python writes them, which are the whole text (Llama 4, Gemma). */
const CALL_IN_BRACKETS =
  /^\[\s{0,8}([A-Za-z_][\w.]{0,127})\((?:\s{0,8}[A-Za-z_]\w{0,127}\s{0,8}=[^\n]*)?\)\s{0,8}\]$/;
const PLAIN_CALL = /^\[?([A-Za-z_][\w.]{0,127})\((?:\s{0,8}[A-Za-z_]\w{0,127}\s{0,8}=[^\n]*)?\)\]?$/;
