/** One scripted model behind three APIs: it calls a tool that it is offered, keeps to a schema, ends a tool loop, and refuses when told. */
import { answersMessage, refusesMessage } from '../../src/upstream/scripted/anthropic-reply.ts';
import {
  answers,
  refuses,
  streams,
  type AskedChat,
  type ScriptedStep,
} from '../../src/upstream/scripted/scripted-reply.ts';
import { DONE } from '../../src/wire/sse.ts';
import { played, tokens } from '../../src/upstream/scripted/testing.ts';
import { messageItem, responds } from '../e2e/scripted-responses.ts';

const TOWN = '{"town":"Rome"}';
const REFUSAL = 'This model takes no such question.';

type Said = { text: string } | { call: string } | { refused: true };

/** What the model says to a request, whatever API it came through. */
function say({ body }: AskedChat): Said {
  const heard = JSON.stringify(body);
  if (heard.includes('Refuse this')) return { refused: true };
  if (heard.includes('Sunny in Rome')) return { text: 'It is sunny in Rome.' };
  const [tool] = (body['tools'] ?? []) as { name?: string; function?: { name: string } }[];
  const name = tool?.name ?? tool?.function?.name;
  if (name !== undefined) return { call: name };
  return { text: heard.includes('json_schema') ? TOWN : 'Hello there' };
}

/** A server of chat completions whose model gives its tokens this probability. */
export const chatModel =
  (probability: number): ScriptedStep =>
  (asked) => {
    const said = say(asked);
    if ('refused' in said) return refuses(400, { message: REFUSAL, type: 'invalid_request_error' });
    if ('text' in said) return played(answers({ tokens: tokens(said.text, probability) }), asked);
    const toolCalls = [{ id: 'call_1', name: said.call, arguments: TOWN }];
    return played(answers({ content: '', toolCalls, tokens: tokens(TOWN, probability) }), asked);
  };

/** What is written on by the older API, in which editors complete code. */
export const completedText: ScriptedStep = ({ model }) => {
  const piece = (text: string, finish_reason: string | null): string =>
    JSON.stringify({
      id: 'cmpl-1',
      object: 'text_completion',
      model,
      choices: [{ index: 0, text, finish_reason }],
    });
  return streams([piece('Good ', null), piece('morning', 'stop'), DONE]);
};

/** A server of Anthropic's Messages. */
export const messagesModel: ScriptedStep = (asked) => {
  const said = say(asked);
  if ('refused' in said) return refusesMessage(400, { type: 'invalid_request_error', message: REFUSAL });
  if ('text' in said) return played(answersMessage(said.text), asked);
  const input = JSON.parse(TOWN) as object;
  return played(
    answersMessage({ content: [{ type: 'tool_use', id: 'toolu_1', name: said.call, input }] }),
    asked,
  );
};

/** A server of OpenAI's Responses. */
export const responsesModel: ScriptedStep = (asked) => {
  const said = say(asked);
  if ('refused' in said) return refuses(400, { message: REFUSAL, type: 'invalid_request_error' });
  if ('text' in said) return played(responds([messageItem([[said.text, -0.1]])]), asked);
  const call = {
    type: 'function_call',
    status: 'completed',
    call_id: 'call_1',
    name: said.call,
    arguments: TOWN,
  };
  return played(responds([{ id: 'fc_1', ...call }]), asked);
};
