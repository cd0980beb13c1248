import { writeJson } from '../../wire/write-json.ts';
import { namesReason, type Choice, type Completion, type MessagePart } from '../common/chat.ts';

/**
 * A whole completion as the chunks of a well-formed stream: the message with its first call, each further call by itself, as OpenAI
 * sends them (some clients read one call of a chunk), then the reason it ended, then the usage.
 * For tiers that must be asked without streaming. Unknown fields are not repeated with every call.
 * @returns the chunks' JSON texts, without `[DONE]`.
 */
export function synthesiseStream(completion: Completion, { usage }: { usage: boolean }): string[] {
  const { choices, usage: counted, ...envelope } = completion;
  const base = { ...envelope, object: 'chat.completion.chunk' };
  const chunk = (choice: object): string => writeJson({ ...base, choices: [choice] });
  return [
    ...choices.flatMap((choice, position) => {
      const [first, ...calls] = firstAndCalls(choice, position);
      return [chunk(first), ...calls.map((each) => writeJson({ ...briefly(base), choices: [each] }))];
    }),
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

const LONGEST_NAME = 256;

/** Of what stands around a choice: what every chunk has, where it is short. */
function briefly({ id, object, created, model }: Omit<Completion, 'choices'>): Omit<Completion, 'choices'> {
  return {
    ...(id === undefined ? {} : { id }),
    ...(object === undefined ? {} : { object }),
    ...(typeof created === 'number' ? { created } : {}),
    ...(typeof model === 'string' && model.length <= LONGEST_NAME ? { model } : {}),
  };
}

/** The choices of a message's chunks. Tool calls of a delta carry their index, those of a message do not. */
function firstAndCalls({ message, ...choice }: Choice, position: number): [Choice, ...Choice[]] {
  const { tool_calls: calls, ...rest } = message ?? {};
  const delta: MessagePart = { role: 'assistant', ...rest };
  const index = choice.index ?? position;
  const first = { logprobs: null, ...choice, index, delta, finish_reason: null };
  if (!Array.isArray(calls)) return [first];
  // Whatever a server wrote there: clients take it for the place of the call.
  const [one, ...others] = calls.map((call, place) => ({ tool_calls: [{ ...call, index: place }] }));
  return [
    { ...first, delta: { ...delta, ...(one ?? { tool_calls: [] }) } },
    ...others.map((other) => ({ index, delta: other, logprobs: null, finish_reason: null })),
  ];
}
