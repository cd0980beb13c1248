import type { Veto } from './attempt.ts';
import { withoutThinking } from './signals/thinking.ts';

/** An answer as the checks see it. */
export interface AnswerView {
  /** `undefined` where it was not recorded: then no check of the text fails. */
  text: string | undefined;
  /** A refusal that the model declared as such. */
  refusal?: string;
  toolCalls: readonly { name: string; arguments: string }[];
  finishReason?: string;
}

/** Validates a value. Compiled from the client's JSON Schema once a request, outside this pure folder. */
export type Validate = (value: unknown) => boolean;

/** The form of answer that the client asked for. */
export interface AnswerSchema {
  /** The answer must be JSON: any, or what the schema allows. */
  json?: 'object' | Validate;
  /** The client offered these tools: name → the validator of its arguments. */
  tools?: ReadonlyMap<string, Validate>;
}

/** Short answers that begin like this are refusals. English only, and deliberately few: a veto must not be wrong. */
const REFUSAL =
  /^\s*(?:i['’]?m sorry,? (?:but )?(?:i )?(?:can(?:no|['’])t|am (?:not able|unable))|i (?:can(?:no|['’])t|am unable to|won['’]t) (?:help|assist|answer|provide|do that|comply)|as an ai(?: language model)?,? i (?:can(?:no|['’])t|am (?:not able|unable)))/i;
const REFUSAL_MAX_CHARACTERS = 400;

/** The hard checks. An answer with a veto is not served while a later tier may be asked. */
export function vetoes(answer: AnswerView, expected: AnswerSchema): Veto[] {
  const found: Veto[] = [];
  const hasCalls = answer.toolCalls.length > 0;
  const text = answer.text === undefined ? undefined : withoutThinking(answer.text).trim();
  if (text === '' && !hasCalls && answer.refusal === undefined) found.push('empty');
  if (answer.finishReason === 'length') found.push('truncated');
  if (answer.refusal !== undefined || answer.finishReason === 'content_filter' || refuses(text ?? ''))
    found.push('refusal');
  if (expected.json !== undefined && !hasCalls && text !== undefined) {
    const value = parse(text);
    if (value === undefined) found.push('invalid_json');
    else if (!fits(value, expected.json)) found.push('schema_mismatch');
  }
  if (hasCalls && answer.toolCalls.some((call) => !isValidCall(call, expected.tools)))
    found.push('invalid_tool_call');
  return found;
}

function refuses(text: string): boolean {
  return text.length <= REFUSAL_MAX_CHARACTERS && REFUSAL.test(text);
}

function fits(value: unknown, json: 'object' | Validate): boolean {
  if (json === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value);
  return json(value);
}

function isValidCall(call: { name: string; arguments: string }, tools: AnswerSchema['tools']): boolean {
  const validate = tools?.get(call.name);
  if (validate === undefined) return false;
  const value = parse(call.arguments === '' ? '{}' : call.arguments);
  return value !== undefined && validate(value);
}

/** `undefined` where the text is not JSON: no JSON value is undefined. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
