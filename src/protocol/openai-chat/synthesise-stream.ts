import { writeJson } from '../../wire/write-json.ts';
import { namesReason, type Choice, type Completion, type MessagePart } from '../common/chat.ts';

/**
 * A whole completion as the chunks of a well-formed stream: the message, then the reason it ended, then the usage.
 * For tiers that must be asked without streaming. Unknown fields go with the first chunk.
 * @returns the chunks' JSON texts, without `[DONE]`.
 */
export function synthesiseStream(completion: Completion, { usage }: { usage: boolean }): string[] {
  const { choices, usage: counted, ...envelope } = completion;
  const base = { ...envelope, object: 'chat.completion.chunk' };
  const chunk = (choice: object): string => writeJson({ ...base, choices: [choice] });
  return [
    ...choices.map((choice, index) => chunk(firstChoice(choice, index))),
    ...choices.map(({ index, finish_reason: reason }, position) =>
      chunk({
        index: index ?? position,
        delta: {},
        logprobs: null,
        finish_reason: namesReason(reason) ? reason : 'stop',
      }),
    ),
    ...(usage && counted != null ? [writeJson({ ...base, choices: [], usage: counted })] : []),
  ];
}

function firstChoice({ message, ...choice }: Choice, position: number): object {
  return {
    logprobs: null,
    ...choice,
    index: choice.index ?? position,
    delta: deltaOf(message ?? {}),
    finish_reason: null,
  };
}

/** Tool calls of a delta carry their index, those of a message do not. */
function deltaOf(message: MessagePart): MessagePart {
  const { tool_calls: calls, ...rest } = message;
  const delta = { role: 'assistant', ...rest };
  if (!Array.isArray(calls)) return delta;
  // Whatever a server wrote there: clients take it for the place of the call.
  return { ...delta, tool_calls: calls.map((call, index) => ({ ...call, index })) };
}
