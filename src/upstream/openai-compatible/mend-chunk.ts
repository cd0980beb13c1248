import { namesReason, type Choice, type Completion } from '../../protocol/common/chat.ts';
import { isObject } from '../../protocol/common/list-of-entries.ts';
import { createCallPlaces, type CallPlaces } from '../../protocol/common/tool-calls.ts';
import { createJsonEdit, type JsonEdit } from '../../wire/json-edit.ts';
import { withoutRepeatedKeys } from '../../wire/repeated-keys.ts';
import { mendArguments } from './mend-arguments.ts';

/** Mends the chunks of one stream, in order. */
export interface ChunkMender {
  /**
   * Mends what the API's clients cannot read: no delta, choices that are no list, an empty reason to end, tool calls without
   * the right index, arguments that are no text. The chunk is changed in place.
   * @returns its JSON text where that had to change; every other byte of it stays.
   */
  mend(chunk: Completion, text: string): string | undefined;
}

export function createChunkMender(): ChunkMender {
  let places: CallPlaces | undefined;

  /** How one choice is mended; `undefined` where it need not be. */
  function mendChoice(choice: Choice): ((edit: JsonEdit) => void) | undefined {
    const changes: ((edit: JsonEdit) => void)[] = [];
    let { delta } = choice;
    if (!isObject(delta)) {
      delta = choice.delta = {};
      changes.push((edit) => edit.set('delta', '{}'));
    }
    if (choice.finish_reason != null && !namesReason(choice.finish_reason)) {
      choice.finish_reason = null;
      changes.push((edit) => edit.set('finish_reason', 'null'));
    }
    if (Array.isArray(delta.tool_calls)) {
      const calls = delta.tool_calls.filter(isObject);
      if (calls.length < delta.tool_calls.length) {
        delta.tool_calls = calls;
        const left = JSON.stringify(calls);
        changes.push((edit) => edit.edit('delta', (member) => member.set('tool_calls', left)));
      }
      const indices = (places ??= createCallPlaces()).placesOf(calls);
      if (calls.some((call, position) => call.index !== indices[position])) {
        for (const [position, call] of calls.entries()) call.index = indices[position] ?? position;
        changes.push((edit) => edit.edit('delta', (member) => setIndices(member, indices)));
      }
    }
    const mendCalls = mendArguments(delta);
    if (mendCalls !== undefined) changes.push((edit) => edit.edit('delta', mendCalls));
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
      // What stands twice was read where it stands last.
      const edit = createJsonEdit(withoutRepeatedKeys(text));
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
