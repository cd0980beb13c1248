import type { ToolCallPart } from './chat.ts';

/** Says to which call of an answer each piece belongs: 0 for the first that appeared. */
export interface CallPlaces {
  /** The places of the pieces of one list, in order. */
  placesOf(parts: readonly ToolCallPart[]): number[];
  /** Whether the arguments of the call at this place are whole, by their brackets. */
  isWhole(place: number): boolean;
}

/** What is known of a call while its pieces come. */
interface Known {
  id: string;
  name: string;
  /** Open brackets of the arguments so far; the call is whole where there were some and none is open. */
  open: number;
  begun: boolean;
  inString: boolean;
  escaped: boolean;
}

/**
 * Follows the tool calls of one answer. A piece belongs to the call of its index, but servers number all of them 0, number
 * them `null`, or not at all; so a new id begins another call, and so does a name after a call that is whole.
 */
export function createCallPlaces(): CallPlaces {
  const calls: Known[] = [];
  const byIndex = new Map<number, number>();
  const byId = new Map<string, number>();

  function begin(part: ToolCallPart, index: number | undefined): number {
    const place = calls.length;
    calls.push({ id: '', name: '', open: 0, begun: false, inString: false, escaped: false });
    if (index !== undefined) byIndex.set(index, place);
    return continueAt(place, part);
  }

  function continueAt(place: number, part: ToolCallPart): number {
    const call = calls[place];
    if (call === undefined) return place;
    if (call.id === '' && isText(part.id)) {
      call.id = part.id;
      byId.set(part.id, place);
    }
    if (call.name === '') call.name = nameOf(part);
    follow(call, part.function?.arguments);
    return place;
  }

  function placeOf(part: ToolCallPart, position: number, listed: number): number {
    const index = indexOf(part);
    const known = isText(part.id) ? byId.get(part.id) : undefined;
    if (known !== undefined) return continueAt(known, part);
    const current = index === undefined ? unnumbered(part, position, listed) : byIndex.get(index);
    const call = current === undefined ? undefined : calls[current];
    if (current === undefined || call === undefined || beginsAnother(part, call)) return begin(part, index);
    return continueAt(current, part);
  }

  /** A piece without index and name goes on where one of its position was, alone in its list with the last call. */
  function unnumbered(part: ToolCallPart, position: number, listed: number): number | undefined {
    if (nameOf(part) !== '' && position > 0) return calls[position] === undefined ? undefined : position;
    return listed > 1 ? position : calls.length - 1;
  }

  return {
    placesOf: (parts) => parts.map((part, position) => placeOf(part, position, parts.length)),
    isWhole: (place) => calls[place]?.begun === true && calls[place].open === 0,
  };
}

/** Some servers give every piece of one call an id of its own: a piece with nothing but arguments goes on with its call. */
function beginsAnother(part: ToolCallPart, call: Known): boolean {
  const name = nameOf(part);
  if (isText(part.id) && call.id !== '') return name !== '' || !isText(part.function?.arguments);
  return name !== '' && call.name !== '' && call.begun && call.open === 0;
}

/** The index that a piece names, where it is one. */
export function indexOf({ index }: { index?: unknown }): number | undefined {
  return typeof index === 'number' && Number.isSafeInteger(index) && index >= 0 ? index : undefined;
}

function nameOf(part: ToolCallPart): string {
  const name: unknown = part.function?.name ?? part.custom?.name;
  return isText(name) ? name : '';
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

const [QUOTE, BACKSLASH] = ['"', '\\'];

/** Counts brackets as they come, so that no piece is looked at twice. */
function follow(call: Known, text: unknown): void {
  if (typeof text !== 'string') return;
  for (const character of text) {
    if (call.inString) {
      if (call.escaped) call.escaped = false;
      else if (character === BACKSLASH) call.escaped = true;
      else if (character === QUOTE) call.inString = false;
    } else if (character === QUOTE) call.inString = true;
    else if (character === '{' || character === '[') {
      call.open += 1;
      call.begun = true;
    } else if (character === '}' || character === ']') call.open -= 1;
  }
}
