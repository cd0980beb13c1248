/** What introduces a final answer, in the words models use. */
const MARKER = /(?:final answer|the answer is|answer:|####|\\boxed\{)\s*:?\s*$/i;
/** What introduces a result in a plain sentence: `The capital is …`, `3 + 4 = …`. */
const LINK = /(?:\b(?:is|are|was|were|equals|called)|[=:])\s*["'$]?$/;
/** The last characters that the patterns above can have before white space. Checked first, because few tokens end like this. */
const ENDS_OF_INTRODUCTION = new Set(':#{=desDES"\'$');
/** Ends what a link introduced; a point or comma after a digit may belong to a number. */
const CLAUSE_END = /(?<!\d)[.,;]\s*$|\n\s*$/;
const PUNCTUATION = /^[\s.,;:!?"'`*)\]]*$/;
/** Enough of the text before a token to recognise what introduces an answer. */
const LOOK_BACK = 32;

/**
 * Decides, token by token, whether a token belongs to the answer itself. Punctuation never does. Once a marker such as
 * "Final answer:" or a link such as "is" or "=" has come, only what follows the last one does, to the end of its clause. In an
 * answer that is JSON, only the scalar values do.
 */
export interface AnswerSpan {
  /** `restart`: an introduction has just ended, so the tokens collected before it are not the answer. */
  next(token: string): { inside: boolean; restart: boolean };
}

export function createAnswerSpan(): AnswerSpan {
  let tail = '';
  let json: JsonState | undefined;
  let started = false;
  let linked = false;
  let closed = false;
  return {
    next(token) {
      const restart = introduces(tail);
      if (restart) {
        linked = true;
        closed = false;
      } else if (linked && CLAUSE_END.test(tail)) closed = true;
      tail = (tail + token).slice(-LOOK_BACK);
      if (!started && token.trim() !== '') {
        started = true;
        if (/^\s*[{[]/.test(token)) json = { inString: false, escaped: false, isKey: false, open: [] };
      }
      if (json !== undefined) return { inside: readJson(json, token), restart: false };
      return { inside: !closed && !PUNCTUATION.test(token), restart };
    },
  };
}

function introduces(before: string): boolean {
  const last = before.trimEnd().at(-1);
  return last !== undefined && ENDS_OF_INTRODUCTION.has(last) && (LINK.test(before) || MARKER.test(before));
}

interface JsonState {
  inString: boolean;
  escaped: boolean;
  /** The next string is a key: after `{` or a comma in an object. */
  isKey: boolean;
  /** The brackets that are open, outermost first: after a comma, an object has a key and a list an entry. */
  open: string[];
}

/** Advances over one token; true where any character of it lies in a scalar value. */
function readJson(state: JsonState, token: string): boolean {
  let value = false;
  for (const character of token) {
    if (state.inString) {
      if (state.escaped) state.escaped = false;
      else if (character === '\\') state.escaped = true;
      else if (character === '"') {
        state.inString = false;
        continue;
      }
      if (!state.isKey) value = true;
    } else if (character === '"') state.inString = true;
    else if (character === '{' || character === '[') {
      state.open.push(character);
      state.isKey = character === '{';
    } else if (character === '}' || character === ']') state.open.pop();
    else if (character === ',') state.isKey = state.open.at(-1) === '{';
    else if (character === ':') state.isKey = false;
    else if (!/\s/.test(character)) value = true;
  }
  return value;
}
