import { namesReason, type Choice, type Completion } from '../../protocol/common/chat.ts';
import { createCallPlaces, type CallPlaces } from '../../protocol/common/tool-calls.ts';
import { createJsonEdit, type JsonEdit } from '../../wire/json-edit.ts';

/** Mends the chunks of one stream, in order. */
export interface ChunkMender {
  /**
   * Mends what the API's clients cannot read: no delta, choices that are no list, an empty reason to end, tool calls without
   * the right index. The chunk is changed in place.
   * @returns its JSON text where that had to change; every other byte of it stays.
   */
  mend(chunk: Completion, text: string): string | undefined;
}

export function createChunkMender(): ChunkMender {
  let places: CallPlaces | undefined;

  /** How one choice is mended; `undefined` where it need not be. */
  function mendChoice(choice: Choice): ((edit: JsonEdit) => void) | undefined {
    const changes: ((edit: JsonEdit) => void)[] = [];
    if (typeof choice.delta !== 'object' || choice.delta === null) {
      choice.delta = {};
      changes.push((edit) => edit.set('delta', '{}'));
    }
    if (choice.finish_reason != null && !namesReason(choice.finish_reason)) {
      choice.finish_reason = null;
      changes.push((edit) => edit.set('finish_reason', 'null'));
    }
    const calls = choice.delta.tool_calls;
    if (Array.isArray(calls) && calls.every((call) => typeof call === 'object' && call !== null)) {
      const indices = (places ??= createCallPlaces()).placesOf(calls);
      if (calls.some((call, position) => call.index !== indices[position])) {
        for (const [position, call] of calls.entries()) call.index = indices[position] ?? position;
        changes.push((edit) => edit.edit('delta', (delta) => setIndices(delta, indices)));
      }
    }
    return changes.length === 0 ? undefined : (edit) => changes.forEach((change) => change(edit));
  }

  return {
    mend(chunk, text) {
      if (!Array.isArray(chunk.choices)) {
        chunk.choices = [];
        const edit = createJsonEdit(text);
        edit.set('choices', '[]');
        return edit.toString();
      }
      const mended = chunk.choices.map(mendChoice);
      if (mended.every((each) => each === undefined)) return undefined;
      const edit = createJsonEdit(text);
      let position = 0;
      edit.editEach('choices', (choice) => mended[position++]?.(choice));
      return edit.toString();
    },
  };
}

function setIndices(delta: JsonEdit, indices: readonly number[]): void {
  let position = 0;
  delta.editEach('tool_calls', (call) => {
    call.set('index', String(indices[position] ?? position));
    position += 1;
  });
}
