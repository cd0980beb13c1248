import { z } from 'zod';
import { inPlainWords } from '../../format/schema-problem.ts';
import { canBeRight, checks } from '../../traces/check.ts';

/** A line of a file of references. */
export interface ReferenceLine {
  /** 1-based. */
  line: number;
  route: string;
  /** What is asked; or the id of a request that asked it. Exactly one of them. */
  question?: string;
  id?: string;
  check: (typeof checks)[number];
  reference: string;
}

/** A line that cannot be used: what is wrong with it. */
export interface BadReference {
  /** 1-based. */
  line: number;
  message: string;
}

const text = z.string().refine((value) => value.trim() !== '', 'it must not be empty');

const lineSchema = z
  .strictObject({
    question: z.exactOptional(text),
    id: z.exactOptional(text),
    check: z.enum(checks),
    reference: text,
    route: z.exactOptional(text),
  })
  .refine(({ question, id }) => (question === undefined) !== (id === undefined), {
    error: "it must have either 'question' or 'id'",
  });

/**
 * Lines of JSON; empty ones are passed over. Pure; never throws.
 * @param route of lines that name none. @param routes that there are.
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

/** @returns what is wrong with it, where something is. */
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
  const { data, error } = lineSchema.safeParse(value, { error: inPlainWords });
  if (data === undefined) return describe(error);
  const named = { route, ...data };
  if (!routes.includes(named.route))
    return `there is no route '${named.route}'; there are: ${routes.join(', ')}`;
  const { check, reference } = named;
  return canBeRight(check, reference)
    ? named
    : `no answer could be right by '${shortened(reference)}', compared as '${check}'`;
}

const shortened = (value: string): string => (value.length > 60 ? `${value.slice(0, 60)}…` : value);

function describe(error: z.ZodError): string {
  const [issue] = error.issues;
  if (issue === undefined) return 'it is no reference';
  if (issue.code === 'unrecognized_keys')
    return `it has '${issue.keys[0] ?? ''}', which is not known; known are question or id, check, reference, route`;
  const path = issue.path.join('.');
  return path === '' ? issue.message : `'${path}': ${issue.message}`;
}
