import { z } from 'zod';
import { WeirError } from '../../errors.ts';
import { inPlainWords } from '../../format/schema-problem.ts';
import { checkBySchema } from '../../format/check-by-schema.ts';

/** Names and messages that quote the request are cut to this many characters. */
const LONGEST = 200;

/** A JSON body as the schema wants it. @throws {WeirError} `invalid_json` or `invalid_request`, with the field in `param`. */
export function parseBody<Schema extends z.ZodType>(schema: Schema, text: string): z.output<Schema> {
  const { data, error } = checkBySchema(schema, parseJsonObject(text), { error: inPlainWords });
  if (error === undefined) {
    if (schema instanceof z.ZodObject) refuseOtherSpellings(data as object, schema.shape);
    return data;
  }
  const [issue] = error.issues;
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [];
  const param = showPath([...(issue?.path ?? []), ...unknown]).slice(0, LONGEST);
  throw new WeirError(
    'invalid_request',
    `Invalid '${param === '' ? 'body' : param}': ${(issue?.message ?? 'not what the API asks for').slice(0, LONGEST)}.`,
    { param },
  );
}

const PLAIN_NAME = /^[a-z0-9_]*$/;

/** A name as readers see it that do not tell capitals from small letters, such as Go's: they take `ſ` for an s, too. */
export function foldedName(name: string): string {
  return name.toUpperCase().toLowerCase();
}

/**
 * Servers that do not tell capitals from small letters would take `Model` for the model: of what is read here, and of what stands
 * there already, there is one spelling. @throws {WeirError} `invalid_request`
 */
function refuseOtherSpellings(body: object, known: object): void {
  for (const name in body) {
    if (PLAIN_NAME.test(name)) continue;
    const plain = foldedName(name);
    if (plain === name || !(Object.hasOwn(known, plain) || Object.hasOwn(body, plain))) continue;
    const param = name.slice(0, LONGEST);
    throw new WeirError('invalid_request', `Invalid '${param}': write it '${plain}'.`, { param });
  }
}

/** @throws {WeirError} `invalid_json` where the text is no JSON object. */
function parseJsonObject(text: string): object {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const why =
      text.trim() === ''
        ? 'it is empty'
        : error instanceof SyntaxError
          ? error.message
          : 'it cannot be parsed';
    throw new WeirError('invalid_json', `The request body must be a JSON object: ${why}.`);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new WeirError('invalid_json', 'The request body must be a JSON object.');
}

/** The path of a field as OpenAI writes it: `messages[0].content`. */
function showPath(path: readonly PropertyKey[]): string {
  return path
    .map((part, index) =>
      typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${String(part)}`,
    )
    .join('');
}
