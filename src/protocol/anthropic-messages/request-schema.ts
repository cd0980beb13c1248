import { z } from 'zod';
import { isBlock } from '../common/anthropic-format.ts';
import { isObject, listOfEntries } from '../common/list-of-entries.ts';

const block = z.looseObject({ type: z.string() });
const blocks = listOfEntries(block, { fits: isBlock });
const content = z.union([z.string(), blocks]);
const roles = z.enum(['user', 'assistant', 'system']);
const ROLES: ReadonlySet<unknown> = new Set(roles.options);

function isContent(value: unknown): boolean {
  return typeof value === 'string' || (Array.isArray(value) && value.every(isBlock));
}

/**
 * The fields of a request that the gateway itself reads (Anthropic, `POST /v1/messages/count_tokens`). Everything else is the
 * upstream's business and reaches one of the same kind as it came, so nothing here is strict.
 */
export const countedSchema = z.looseObject({
  model: z.string().min(1),
  messages: listOfEntries(z.looseObject({ role: roles, content }), {
    least: 1,
    fits: (message) => ROLES.has(message['role']) && isContent(message['content']),
  }),
  system: content.nullish(),
  stream: z.boolean().nullish(),
  tools: listOfEntries(z.looseObject({ name: z.string().optional(), type: z.string().nullish() }), {
    fits: ({ name, type }) =>
      (name === undefined || typeof name === 'string') && (type == null || typeof type === 'string'),
  }).nullish(),
  tool_choice: z.looseObject({ type: z.string() }).nullish(),
  stop_sequences: z.array(z.string()).nullish(),
  thinking: z.looseObject({ type: z.string() }).nullish(),
  output_config: z.looseObject({ format: z.looseObject({ type: z.string() }).nullish() }).nullish(),
});

/** The same of `POST /v1/messages`, where the answer's limit has to be given. */
export const messagesSchema = countedSchema.extend({ max_tokens: z.number().int().min(0) });

export type MessagesRequest = z.infer<typeof countedSchema> & { max_tokens?: number };
export type WireMessage = MessagesRequest['messages'][number];
export type WireTool = NonNullable<MessagesRequest['tools']>[number];

/** A member of a block that is an object. */
export function objectIn(value: unknown, name: string): Readonly<Record<string, unknown>> | undefined {
  const member = isObject(value) ? value[name] : undefined;
  return isObject(member) ? member : undefined;
}

/** A member that is a text. */
export function textIn(value: unknown, name: string): string | undefined {
  const member = isObject(value) ? value[name] : undefined;
  return typeof member === 'string' ? member : undefined;
}
