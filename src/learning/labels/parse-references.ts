import { z } from 'zod';
import { defined } from '../../defined.ts';
import { inPlainWords } from '../../format/schema-problem.ts';
import { canBeRight, checks } from '../../traces/check.ts';
import { checkBySchema } from '../../format/check-by-schema.ts';

/** A line of a file of references. */
export interface ReferenceLine {
  /** 1-based. */
  line: number;
  route: string;
  /** The question by itself, the messages of a conversation, or the id of a request. Exactly one of them. */
  question?: string;
  messages?: readonly unknown[];
  id?: string;
  check: (typeof checks)[number];
  reference: string;
}

/** A line that cannot be used, and why. */
export interface BadReference {
  /** 1-based. */
  line: number;
  message: string;
}

const text = z.string().refine((value) => value.trim() !== '', 'it must not be empty');

const lineSchema = z
  .strictObject({
    question: z.exactOptional(text),
    prompt: z.exactOptional(text),
    messages: z.exactOptional(
      z
        .array(z.looseObject({ role: text, content: z.union([z.string(), z.array(z.unknown()), z.null()]) }))
        .min(1),
    ),
    id: z.exactOptional(text),
    check: z.enum(checks),
    reference: text,
    route: z.exactOptional(text),
  })
  .refine(
    ({ question, prompt, messages, id }) =>
      [question, prompt, messages, id].filter((each) => each !== undefined).length === 1,
    {
      error: "it must have one of 'question' (or 'prompt'), 'messages' and 'id'",
    },
  );

/**
 * Reads lines of JSON; empty lines are skipped. Pure; never throws.
 * @param route for lines that name no route. @param routes the configured routes.
 */
export function parseReferences(
  lines: Iterable<string>,
  { route, routes }: { route: string; routes: readonly string[] },
): { references: ReferenceLine[]; bad: BadReference[] } {
  const references: ReferenceLine[] = [];
  const bad: BadReference[] = [];
  let line = 0;
  for (const each of lines) {
    line += 1;
    if (each.trim() === '') continue;
    const read = parseLine(each, route, routes);
    if (typeof read === 'string') bad.push({ line, message: read });
    else references.push({ ...read, line });
  }
  return { references, bad };
}

/** @returns a sentence where the line cannot be used. */
function parseLine(
  each: string,
  route: string,
  routes: readonly string[],
): Omit<ReferenceLine, 'line'> | string {
  let value: unknown;
  try {
    value = JSON.parse(each);
  } catch {
    return 'this line is not JSON';
  }
  const { data, error } = checkBySchema(lineSchema, value, { error: inPlainWords });
  if (data === undefined) return describe(error);
  const { prompt, question = prompt, ...rest } = data;
  const named = { route, ...rest, ...defined({ question }) };
  if (!routes.includes(named.route))
    return `there is no route '${shortened(named.route)}'; routes: ${routes.join(', ')}`;
  const { check, reference } = named;
  return canBeRight(check, reference)
    ? named
    : `no answer could match '${shortened(reference)}' when compared as '${check}'`;
}

const shortened = (value: string): string => (value.length > 60 ? `${value.slice(0, 60)}…` : value);

function describe(error: z.ZodError): string {
  const [issue] = error.issues;
  if (issue === undefined) return 'it is not a reference';
  if (issue.code === 'unrecognized_keys')
    return `it has '${shortened(issue.keys[0] ?? '')}', which is not known; known fields: question (or prompt), messages or id, check, reference, route`;
  const path = issue.path.join('.');
  return path === '' ? issue.message : `'${path}': ${issue.message}`;
}
