import type { z } from 'zod';
import { WeirError } from '../../errors.ts';
import { inPlainWords } from '../../format/schema-problem.ts';
import { parseJsonObject, showPath } from '../openai-chat/openai-chat.ts';

/** What was sent is not sent back whole. */
const LONGEST = 200;

/** A JSON body as the schema wants it. @throws {WeirError} `invalid_json` or `invalid_request`, with the field that is wrong. */
export function parseBody<Schema extends z.ZodType>(schema: Schema, text: string): z.output<Schema> {
  const { data, error } = schema.safeParse(parseJsonObject(text), { error: inPlainWords });
  if (error === undefined) return data;
  const [issue] = error.issues;
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [];
  const param = showPath([...(issue?.path ?? []), ...unknown]).slice(0, LONGEST);
  throw new WeirError(
    'invalid_request',
    `Invalid '${param}': ${(issue?.message ?? 'not what the API asks for').slice(0, LONGEST)}.`,
    { param },
  );
}
