import type { ScriptedStep } from '../../src/upstream/scripted/scripted-reply.ts';
import { answers } from '../../src/upstream/scripted/scripted-reply.ts';
import { played, tokens } from '../../src/upstream/scripted/testing.ts';

/** A model that does not know tools: it answers in prose, and is sure of it. */
export const ignoresTools: ScriptedStep = answers({ tokens: tokens('It is sunny in Rome today', 0.99) });

/** What a tool's parameters, or a response format, ask for. */
interface Schema {
  properties?: Record<string, { type?: string }>;
}

interface Asked {
  tools?: { function: { name: string; parameters?: Schema } }[];
  tool_choice?: string | { function?: { name: string } };
  response_format?: { json_schema?: { schema?: Schema } };
}

/** A model that keeps what tool choices and response formats promise. */
export const keepsPromises: ScriptedStep = (asked) => {
  // Its clients are the official packages, which write this form.
  const { tools = [], tool_choice: choice, response_format: format } = asked.body as Asked;
  const named = typeof choice === 'object' ? choice.function?.name : undefined;
  const tool = tools.find(({ function: { name } }) => name === named) ?? tools[0];
  const schema = format?.json_schema?.schema;
  if (tool !== undefined && choice !== 'none')
    return played(
      answers({
        content: '',
        toolCalls: [{ id: 'call_1', name: tool.function.name, arguments: valueOf(tool.function.parameters) }],
        finish: 'tool_calls',
      }),
      asked,
    );
  return played(answers(schema === undefined ? 'It rains in Rome' : valueOf(schema)), asked);
};

function valueOf({ properties = {} }: Schema = {}): string {
  const value = ([name, { type }]: [string, { type?: string }]): [string, unknown] =>
    type === 'integer' || type === 'number' ? [name, 21] : [name, 'Rome'];
  return JSON.stringify(Object.fromEntries(Object.entries(properties).map(value)));
}
