import type { MessagePart } from '../../protocol/common/chat.ts';
import type { JsonEdit } from '../../wire/json-edit.ts';

/** A function that a message calls, as servers write it. */
type CalledFunction = { arguments?: unknown } | null | undefined;

/**
 * Makes a text of arguments that a server wrote as the value itself, which the API's clients take for text. The message is
 * changed in place.
 * @returns how its JSON text is changed, the arguments' own spelling kept; `undefined` where nothing is to be.
 */
export function mendArguments(message: MessagePart): ((edit: JsonEdit) => void) | undefined {
  const { tool_calls: calls, function_call: call } = message;
  if (!Array.isArray(calls) && call == null) return undefined;
  const called: CalledFunction[] = [
    call,
    ...(Array.isArray(calls) ? calls.map((each) => each?.function) : []),
  ];
  const odd = called.filter((each) => each?.arguments != null && typeof each.arguments !== 'string');
  if (odd.length === 0) return undefined;
  for (const each of odd) if (each != null) each.arguments = JSON.stringify(each.arguments);
  return (edit) => {
    edit.edit('function_call', setText);
    edit.editEach('tool_calls', (item) => item.edit('function', setText));
  };
}

function setText(called: JsonEdit): void {
  const written = called.get('arguments');
  if (written !== undefined && written !== 'null' && !written.startsWith('"'))
    called.set('arguments', JSON.stringify(written));
}
