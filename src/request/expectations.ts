import { memberOf } from '../defined.ts';
import type { ChatRequest } from '../protocol/common/chat.ts';
import type { CallPromise, Expectations, OfferedTool, OfferedTools } from '../routing/checks/expectations.ts';

/** Reads from a request what its answer must hold to: its response format, its tools, and what it says of calling them. */
export function readExpectations(request: ChatRequest): Expectations {
  const { response_format: format, tools } = request;
  const expected: Expectations = {};
  if (format?.type === 'json_object') expected.json = 'object';
  else if (format?.type === 'json_schema') {
    const schema = schemaOf(format['json_schema'], 'schema');
    if (schema !== undefined) expected.json = { schema };
  }
  const functions = request['functions'];
  const offered = tools ?? NONE;
  const old = Array.isArray(functions) ? (functions as readonly unknown[]) : NONE;
  if (offered.length + old.length === 0) return expected;
  expected.tools = offeredTools(offered, old);
  const calls = promiseOf(request);
  if (calls !== undefined) expected.calls = calls;
  return expected;
}

const NONE: readonly unknown[] = [];

/** Ten thousand tools cost nothing before an answer calls one. */
function offeredTools(tools: readonly unknown[], functions: readonly unknown[]): OfferedTools {
  let read: { byName: ReadonlyMap<string, OfferedTool>; hasOthers: boolean } | undefined;
  return {
    find: (name) => (read ??= readTools(tools, functions)).byName.get(name),
    get hasOthers() {
      return (read ??= readTools(tools, functions)).hasOthers;
    },
  };
}

function readTools(
  tools: readonly unknown[],
  functions: readonly unknown[],
): { byName: ReadonlyMap<string, OfferedTool>; hasOthers: boolean } {
  const byName = new Map<string, OfferedTool>();
  let hasOthers = false;
  const addFunction = (described: unknown): void => {
    const name = memberOf(described, 'name');
    if (typeof name === 'string')
      byName.set(name, { takes: 'json', schema: schemaOf(described, 'parameters') ?? true });
  };
  for (const tool of tools) {
    const [custom, described] = [memberOf(tool, 'custom'), memberOf(tool, 'function')];
    const name = memberOf(custom, 'name');
    // A grammar for its text is not checked.
    if (typeof name === 'string') byName.set(name, { takes: 'text' });
    addFunction(described);
    if (custom === undefined && described === undefined) hasOthers = true;
  }
  functions.forEach(addFunction);
  return { byName, hasOthers };
}

/** What `tool_choice`, or the `function_call` before it, and `parallel_tool_calls` say; `undefined` where they leave all open. */
function promiseOf(request: ChatRequest): CallPromise | undefined {
  const single = request['parallel_tool_calls'] === false;
  const open: CallPromise = { required: false, forbidden: false, single };
  const choice = request['tool_choice'] ?? request['function_call'];
  if (choice === 'none') return { ...open, forbidden: true };
  // Mistral's API says `any`.
  if (choice === 'required' || choice === 'any') return { ...open, required: true };
  if (memberOf(choice, 'type') === 'allowed_tools') return { ...open, ...allowedBy(choice) };
  const name = nameOf(choice);
  if (name !== undefined) return { ...open, required: true, only: new Set([name]) };
  return single ? open : undefined;
}

/** A mode and a list of tools; the list says nothing where one of them has no name. */
function allowedBy(choice: unknown): Pick<CallPromise, 'required' | 'only'> {
  const allowed = memberOf(choice, 'allowed_tools') ?? choice;
  const required = memberOf(allowed, 'mode') === 'required';
  const tools = memberOf(allowed, 'tools');
  if (!Array.isArray(tools)) return { required };
  const names = tools.flatMap((tool) => nameOf(tool) ?? []);
  return names.length === tools.length ? { required, only: new Set(names) } : { required };
}

/** Of `{ type, function: { name } }`, `{ type, custom: { name } }` and, as in `function_call`, `{ name }`. */
function nameOf(choice: unknown): string | undefined {
  const name = memberOf(memberOf(choice, 'function') ?? memberOf(choice, 'custom') ?? choice, 'name');
  return typeof name === 'string' ? name : undefined;
}

function schemaOf(value: unknown, key: string): object | undefined {
  const schema = memberOf(value, key);
  return typeof schema === 'object' && schema !== null ? schema : undefined;
}
