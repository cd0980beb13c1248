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

type Said = { text: string } | { call: string; towns: readonly string[] } | { refused: true };

/** What the model says to a request, whatever API it came through. */
function say({ body }: AskedChat): Said {
  const heard = JSON.stringify(body);
  if (heard.includes('Refuse this')) return { refused: true };
  if (heard.includes('Sunny in Rome'))
    return { text: heard.includes('Sunny in Oslo') ? 'Both are sunny.' : 'It is sunny in Rome.' };
  const [tool] = (body['tools'] ?? []) as { name?: string; function?: { name: string } }[];
  const name = tool?.name ?? tool?.function?.name;
  const towns = heard.includes('Weather of both') ? ['Rome', 'Oslo'] : ['Rome'];
  if (name !== undefined) return { call: name, towns };
  return { text: heard.includes('json_schema') ? TOWN : 'Hello there' };
}

/** Breaks off in the middle where it is told to. */
const breakable =
  (step: ScriptedStep): ScriptedStep =>
  async (asked) => {
    const reply = await played(step, asked);
    if (!JSON.stringify(asked.body).includes('Break off')) return reply;
    const { body = [] } = reply;
    return { ...reply, body: body.slice(0, asked.stream ? Math.ceil(body.length / 2) : 0), then: 'cut' };
  };

/** A server of chat completions whose model is sure of its answers. */
export const chatModel: ScriptedStep = breakable((asked) => {
  const said = say(asked);
  if ('refused' in said) return refuses(400, { message: REFUSAL, type: 'invalid_request_error' });
  if ('text' in said) return played(answers({ tokens: tokens(said.text, 0.99) }), asked);
  const toolCalls = said.towns.map((town, index) => ({
    id: `call_${index}`,
    name: said.call,
    arguments: JSON.stringify({ town }),
  }));
  return played(answers({ content: '', toolCalls, tokens: tokens(TOWN, 0.99) }), asked);
});

/** A server of chat completions of which nothing may be served. */
export const unsureModel: ScriptedStep = answers({ tokens: tokens('I am not sure', 0.2) });

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
export const messagesModel: ScriptedStep = breakable((asked) => {
  const said = say(asked);
  if ('refused' in said) return refusesMessage(400, { type: 'invalid_request_error', message: REFUSAL });
  if ('text' in said) return played(answersMessage(said.text), asked);
  const content = said.towns.map((town, index) => ({
    type: 'tool_use',
    id: `toolu_${index}`,
    name: said.call,
    input: { town },
  }));
  return played(answersMessage({ content }), asked);
});

/** A server of OpenAI's Responses. */
export const responsesModel: ScriptedStep = breakable((asked) => {
  const said = say(asked);
  if ('refused' in said) return refuses(400, { message: REFUSAL, type: 'invalid_request_error' });
  if ('text' in said) return played(responds([messageItem([[said.text, -0.1]])]), asked);
  const calls = said.towns.map((town, index) => ({
    id: `fc_${index}`,
    type: 'function_call',
    status: 'completed',
    call_id: `call_${index}`,
    name: said.call,
    arguments: JSON.stringify({ town }),
  }));
  return played(responds(calls), asked);
});
