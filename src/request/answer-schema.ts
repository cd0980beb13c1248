import { memberOf } from '../defined.ts';
import { Ajv } from 'ajv';
import type { FormatsPlugin } from 'ajv-formats';
import ajvFormats from 'ajv-formats';
import type { ChatRequest } from '../protocol/common/chat.ts';
import type { AnswerSchema, Validate } from '../routing/checks.ts';

/** Compiled schemas that are kept; compiling one takes milliseconds. */
const CAPACITY = 256;

/** The module is CommonJS, and its types nest the plugin one `default` too deep. */
const addFormats = ajvFormats as unknown as FormatsPlugin;

/** Reads from a request which schemas its answer must follow: its response format and its tools. Each schema is compiled once. */
export function createAnswerSchemas(capacity = CAPACITY): (request: ChatRequest) => AnswerSchema {
  const compiled = new Map<string, Validate>();

  function validatorOf(schema: object): Validate {
    const key = keyOf(schema);
    if (key === undefined) return acceptAll;
    const known = compiled.get(key);
    if (known !== undefined) return known;
    const validate = compile(schema);
    compiled.set(key, validate);
    for (const oldest of compiled.keys()) {
      if (compiled.size <= capacity) break;
      compiled.delete(oldest);
    }
    return validate;
  }

  /** A function's name and the validator of its arguments; nothing where it has no name. */
  function functionOf(tool: unknown): [string, Validate][] {
    const name = memberOf(tool, 'name');
    return typeof name === 'string' ? [[name, validatorOf(schemaOf(tool, 'parameters') ?? {})]] : [];
  }

  return ({ response_format: format, tools, functions }) => {
    const json =
      format?.type === 'json_object'
        ? ('object' as const)
        : format?.type === 'json_schema'
          ? schemaOf(format['json_schema'], 'schema')
          : undefined;
    const offered = [
      ...(tools ?? []).flatMap((tool) => [...customTool(tool['custom']), ...functionOf(tool['function'])]),
      ...(Array.isArray(functions) ? functions : []).flatMap(functionOf),
    ];
    return {
      ...(json === undefined ? {} : { json: json === 'object' ? json : validatorOf(json) }),
      ...(offered.length === 0 ? {} : { tools: new Map(offered) }),
    };
  };
}

/** A custom tool takes text; a grammar for it is not checked. */
function customTool(tool: unknown): [string, Validate][] {
  const name = memberOf(tool, 'name');
  return typeof name === 'string' ? [[name, (value) => typeof value === 'string']] : [];
}

function schemaOf(value: unknown, key: string): object | undefined {
  const schema = memberOf(value, key);
  return typeof schema === 'object' && schema !== null ? schema : undefined;
}

/** A schema that cannot be compiled accepts everything: the upstream reports what is wrong with it. */
function compile(schema: object): Validate {
  try {
    // One instance a schema: clients' `$id`s must not meet.
    const ajv = new Ajv({
      strict: false,
      validateSchema: false,
      meta: false,
      logger: false,
      code: { regExp: safeRegExp },
    });
    addFormats(ajv);
    const validate = ajv.compile(schema);
    return (value) => validate(value);
  } catch {
    return acceptAll;
  }
}

const acceptAll: Validate = () => true;

/** `undefined` for a schema so deep that it cannot be walked. */
function keyOf(schema: object): string | undefined {
  try {
    return JSON.stringify(schema);
  } catch {
    return undefined;
  }
}

/** A repeated group that itself repeats or chooses can take exponential time on a text made for it. */
const EXPLOSIVE = /\([^)]*[+*|{][^)]*\)\s*[+*{]/;
const MAX_PATTERN = 500;

/** Clients write these patterns: one that could stall the gateway accepts everything instead. */
const safeRegExp = Object.assign(
  (pattern: string, flags: string): { test(text: string): boolean } =>
    pattern.length > MAX_PATTERN || EXPLOSIVE.test(pattern)
      ? { test: () => true }
      : new RegExp(pattern, flags),
  { code: 'new RegExp' },
);
