/** What introduces a final answer, in the words models use. */
const MARKER = /(?:final answer|the answer is|answer:|####|\\boxed\{)\s*:?\s*$/i;
/** Cheaper than the whole pattern, and false at nearly every token. */
const MAY_END_MARKER = /[:#{s]\s*$/i;
/** Enough of the text before a token to recognise a marker. */
const LOOK_BACK = 32;

/**
 * Tells, token by token, whether a token belongs to the answer itself: once a marker such as "Final answer:" has
 * come, only what follows the last one. Where a whole answer is JSON, only its scalar values
 * count, not its keys and punctuation.
 */
export interface AnswerSpan {
  /** `restart`: a marker has just ended, so what was collected before it is not the answer. */
  next(token: string): { inside: boolean; restart: boolean };
}

export function createAnswerSpan(): AnswerSpan {
  let tail = '';
  let json: JsonPlace | undefined;
  let started = false;
  return {
    next(token) {
      const restart = MAY_END_MARKER.test(tail) && MARKER.test(tail);
      tail = (tail + token).slice(-LOOK_BACK);
      if (!started && token.trim() !== '') {
        started = true;
        if (/^\s*[{[]/.test(token)) json = { inString: false, escaped: false, isKey: true };
      }
      if (json !== undefined) return { inside: readJson(json, token), restart: false };
      return { inside: token.trim() !== '', restart };
    },
  };
}

interface JsonPlace {
  inString: boolean;
  escaped: boolean;
  /** The next string is a key: after `{` or a comma in an object. */
  isKey: boolean;
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
    else if (character === '{' || character === ',') place.isKey = true;
    else if (character === ':' || character === '[') place.isKey = false;
    else if (!/[\s}\]]/.test(character)) value = true;
  }
  return value;
}
