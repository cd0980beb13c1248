import { z } from 'zod';
import { isObject, listOfEntries, textOrEntries } from '../common/list-of-entries.ts';

/** Whether an item says what it is: by its type, and a message by its role. */
function isItem({ type, role }: Readonly<Record<string, unknown>>): boolean {
  return typeof role === 'string'
    ? type == null || typeof type === 'string'
    : role == null && typeof type === 'string' && type !== 'message';
}

const item = z
  .looseObject({
    role: z.string().nullish(),
    type: z.string({ error: 'it is missing, and an item without one needs a role' }),
  })
  .refine(isItem, { path: ['role'], error: 'it is missing, and a message needs one' });

/**
 * The fields of a request that the gateway itself reads (OpenAI, `POST /v1/responses`). Everything else is the upstream's
 * business and reaches one of the same kind as it came, so nothing here is strict.
 */
export const responsesSchema = z.looseObject({
  model: z.string().min(1),
  input: textOrEntries(item, { fits: isItem }).nullish(),
  instructions: z.string().nullish(),
  stream: z.boolean().nullish(),
  store: z.boolean().nullish(),
  background: z.boolean().nullish(),
  previous_response_id: z.string().nullish(),
  conversation: z.union([z.string(), z.looseObject({})]).nullish(),
  include: z.array(z.string()).nullish(),
  max_output_tokens: z.number().nullish(),
  top_logprobs: z.number().int().min(0).max(20).nullish(),
  tools: listOfEntries(z.looseObject({ type: z.string() }), {
    fits: (tool) => typeof tool['type'] === 'string',
  }).nullish(),
  tool_choice: z.union([z.string(), z.looseObject({ type: z.string() })]).nullish(),
  text: z.looseObject({ format: z.looseObject({ type: z.string() }).nullish() }).nullish(),
  reasoning: z.looseObject({}).nullish(),
});

export type ResponsesRequest = z.infer<typeof responsesSchema>;
export type InputItem = Readonly<Record<string, unknown>>;

/** A member that is a text. */
export function memberText(value: unknown, name: string): string | undefined {
  const member = isObject(value) ? value[name] : undefined;
  return typeof member === 'string' ? member : undefined;
}
