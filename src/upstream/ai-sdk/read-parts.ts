import type { Choice, Completion, MessagePart, ToolCallPart } from '../../protocol/common/chat.ts';
import { extraContent, finishOf, now, toolCallOf, usageOfSdk, type AnswerHead } from './read-result.ts';
import type { SdkStreamPart } from './sdk-types.ts';

/** Reads the parts of one stream: each becomes the chunks of the common form that it stands for. Errors are not read here. */
export function openParts({ upstream, model, id }: AnswerHead): (part: SdkStreamPart) => Completion[] {
  const head = { id, object: 'chat.completion.chunk', created: now(), model };
  /** The place of each call among the calls, by its id, and whether something of its arguments has been told. */
  const calls = new Map<string, { index: number; told: boolean }>();
  let begun = false;

  function chunk(delta: MessagePart, more: Partial<Choice> = {}): Completion {
    const part = begun ? delta : { role: 'assistant', ...delta };
    begun = true;
    return { ...head, choices: [{ index: 0, delta: part, finish_reason: null, ...more }] };
  }

  return (part) => {
    switch (part.type) {
      case 'response-metadata':
        head.id = part.id ?? head.id;
        return [];
      case 'text-delta':
        return [chunk({ content: part.delta })];
      case 'reasoning-delta':
        return part.delta === '' ? [] : [chunk({ reasoning_content: part.delta })];
      case 'tool-input-start': {
        const index = calls.size;
        calls.set(part.id, { index, told: false });
        const described = { name: part.toolName, arguments: '' };
        const facts = extraContent(part.providerMetadata);
        return [callChunk({ index, id: part.id, type: 'function', function: described, ...facts })];
      }
      case 'tool-input-delta': {
        const call = calls.get(part.id);
        if (call === undefined) return [];
        call.told = true;
        return [callChunk({ index: call.index, function: { arguments: part.delta } })];
      }
      case 'tool-call': {
        if (part.providerExecuted === true) return [];
        const call = calls.get(part.toolCallId);
        if (call?.told === true) return [];
        // Arguments that are empty are told only here.
        if (call !== undefined)
          return [callChunk({ index: call.index, function: { arguments: part.input } })];
        const index = calls.size;
        calls.set(part.toolCallId, { index, told: true });
        return [callChunk({ index, ...toolCallOf(part) })];
      }
      case 'finish': {
        const reason = finishOf(part.finishReason, upstream);
        const usage = usageOfSdk(part.usage);
        return [
          ...(reason === undefined ? [] : [chunk({}, { finish_reason: reason })]),
          ...(usage === undefined ? [] : [{ ...head, choices: [], usage }]),
        ];
      }
      default:
        return [];
    }
  };

  function callChunk(call: ToolCallPart): Completion {
    return chunk({ tool_calls: [call] });
  }
}
