/** What introduces a final answer, in the words models use. */
const MARKER = /(?:final answer|the answer is|answer:|####|\\boxed\{)\s*:?\s*$/i;
/** What introduces a result in a plain sentence: `The capital is …`, `3 + 4 = …`. */
const LINK = /(?:\b(?:is|are|was|were|equals|called)|[=:])\s*["'$]?$/;
/** What the patterns above may end with but for white space: looked at first, for few tokens end so. */
const ENDS_OF_INTRODUCTION = new Set(':#{=desDES"\'$');
/** Ends what a link introduced; a point or comma after a digit may belong to a number. */
const CLAUSE_END = /(?<!\d)[.,;]\s*$|\n\s*$/;
const PUNCTUATION = /^[\s.,;:!?"'`*)\]]*$/;
/** Enough of the text before a token to recognise what introduces an answer. */
const LOOK_BACK = 32;

/**
 * Tells, token by token, whether a token belongs to the answer itself: never mere punctuation, and once a marker such as
 * "Final answer:" or a link such as "is" or "=" has come, only what follows the last one, to the end of its clause. Where a
 * whole answer is JSON, only its scalar values count, not its keys and punctuation.
 */
export interface AnswerSpan {
  /** `restart`: what introduces an answer has just ended, so what was collected before it is not the answer. */
  next(token: string): { inside: boolean; restart: boolean };
}

export function createAnswerSpan(): AnswerSpan {
  let tail = '';
  let json: JsonPlace | undefined;
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

interface JsonPlace {
  inString: boolean;
  escaped: boolean;
  /** The next string is a key: after `{` or a comma in an object. */
  isKey: boolean;
  /** The brackets that are not closed yet, outermost first: a comma in a list is followed by an entry. */
  open: string[];
}

/** Advances over one token; true where any character of it lies in a scalar value. */
function readJson(place: JsonPlace, token: string): boolean {
  let value = false;
  for (const character of token) {
    if (place.inString) {
      if (place.escaped) place.escaped = false;
      else if (character === '\\') place.escaped = true;
      else if (character === '"') {
        place.inString = false;
        continue;
      }
      if (!place.isKey) value = true;
    } else if (character === '"') place.inString = true;
    else if (character === '{' || character === '[') {
      place.open.push(character);
      place.isKey = character === '{';
    } else if (character === '}' || character === ']') place.open.pop();
    else if (character === ',') place.isKey = place.open.at(-1) === '{';
    else if (character === ':') place.isKey = false;
    else if (!/\s/.test(character)) value = true;
  }
  return value;
}
