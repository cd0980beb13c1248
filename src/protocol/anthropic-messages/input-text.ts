import { scanArray, scanObject, type Ends } from '../../wire/json-edit.ts';

/** The texts of tool inputs as the client wrote them. @param position of the message; @param place of the block in it */
export type InputText = (position: number, place: number) => string;

/**
 * Reads the places of inputs in the body's own text, once one is asked for: no digit of a number is lost.
 * @param ends where long parts of the text end: they are not walked over again.
 */
export function createInputText(body: string, ends: Ends): InputText {
  let messages: readonly Place[] | undefined;
  let known: { position: number; blocks: readonly Place[] } | undefined;
  const entries = (at: number | undefined): readonly Place[] =>
    at === undefined || body[at] !== '[' ? [] : scanArray(body, at, ends);
  const member = (at: number | undefined, name: string): Member | undefined =>
    at === undefined ? undefined : scanObject(body, at, ends).members.findLast(({ key }) => key === name);
  return (position, place) => {
    messages ??= entries(member(0, 'messages')?.valueStart);
    if (known?.position !== position) {
      const blocks = entries(member(messages[position]?.start, 'content')?.valueStart);
      known = { position, blocks };
    }
    const input = member(known.blocks[place]?.start, 'input');
    return input === undefined ? '{}' : body.slice(input.valueStart, input.valueEnd);
  };
}

interface Place {
  start: number;
}

type Member = ReturnType<typeof scanObject>['members'][number];
