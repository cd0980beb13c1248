import type { NotJudgedReason, SchemaJudgement } from '../../schemas/judgement.ts';
import type { Veto } from '../attempt.ts';
import { withoutThinking } from '../signals/thinking.ts';
import { holdsCall } from './call-in-text.ts';
import type { AnswerView, Expectations } from './expectations.ts';

/** Whether a value of the answer fits a schema of the client: answered outside this pure folder. */
export interface CheckQuestion {
  /** The check that fails where it does not fit. */
  readonly veto: 'schema_mismatch' | 'invalid_tool_call';
  readonly schema: unknown;
  /** What `text` was parsed to. */
  readonly value: unknown;
  readonly text: string;
}

/** The checks that need no schema are made; the others are questions. */
export interface BegunChecks {
  readonly found: readonly Veto[];
  readonly questions: readonly CheckQuestion[];
}

/** Short answers that begin like this are refusals. English only, and deliberately few: a veto must not be wrong. */
const REFUSAL =
  /^\s*(?:i['’]?m sorry,? (?:but )?(?:i )?(?:can(?:no|['’])t|am (?:not able|unable))|i (?:can(?:no|['’])t|am unable to|won['’]t) (?:help|assist|answer|provide|do that|comply)|as an ai(?: language model)?,? i (?:can(?:no|['’])t|am (?:not able|unable)))/i;
const REFUSAL_MAX_CHARACTERS = 400;

/** The hard checks of an answer. One with a veto is not served while a later tier may be asked. */
export function beginChecks(answer: AnswerView, expected: Expectations): BegunChecks {
  const found: Veto[] = [];
  let questions: CheckQuestion[] = [];
  const hasCalls = answer.toolCalls.length > 0;
  const text = answer.text === undefined ? undefined : withoutThinking(answer.text).trim();
  if (text === '' && !hasCalls && answer.refusal === undefined) found.push('empty');
  if (answer.finishReason === 'length') found.push('truncated');
  if (answer.refusal !== undefined || answer.finishReason === 'content_filter' || refuses(text ?? ''))
    found.push('refusal');
  const { json, tools } = expected;
  if (json !== undefined && !hasCalls && text !== undefined) {
    const value = parse(text);
    if (value === undefined) found.push('invalid_json');
    else if (json !== 'object') questions.push({ veto: 'schema_mismatch', schema: json.schema, value, text });
    else if (typeof value !== 'object' || value === null || Array.isArray(value))
      found.push('schema_mismatch');
  }
  if (hasCalls) {
    const asked = callQuestions(answer.toolCalls, tools);
    if (asked === undefined) found.push('invalid_tool_call');
    else questions = asked;
  } else if (
    tools !== undefined &&
    text !== undefined &&
    holdsCall(text, tools, { bareJson: json === undefined })
  )
    found.push('tool_call_in_text');
  if (expected.calls !== undefined) found.push(...brokenPromises(answer, expected));
  return { found, questions };
}

/** Reasons that lie in the schema: no other tier mends them, so they are told and nothing more. */
const SCHEMAS_OWN: ReadonlySet<string> = new Set<NotJudgedReason>([
  'invalid_schema',
  'remote_reference',
  'reference_loop',
  'unsupported',
]);

/** The check that fails by a judgement; `undefined` where none does. */
export function vetoOf({ veto }: CheckQuestion, judgement: SchemaJudgement): Veto | undefined {
  if (judgement.verdict !== 'not_judged') return judgement.verdict === 'fits' ? undefined : veto;
  return SCHEMAS_OWN.has(judgement.reason) ? undefined : 'schema_not_judged';
}

/**
 * The answer's vetoes.
 * @param judgements of the questions, in their order; of those that were not asked there is none.
 */
export function finishChecks(
  { found, questions }: BegunChecks,
  judgements: readonly SchemaJudgement[],
): Veto[] {
  const all = new Set(found);
  for (const [position, judgement] of judgements.entries()) {
    const question = questions[position];
    const veto = question === undefined ? undefined : vetoOf(question, judgement);
    if (veto !== undefined) all.add(veto);
  }
  return [...all];
}

function refuses(text: string): boolean {
  return text.length <= REFUSAL_MAX_CHARACTERS && REFUSAL.test(text);
}

/** What is to be asked about the calls; `undefined` where one is of no tool that was offered, or its arguments are no JSON. */
function callQuestions(
  calls: AnswerView['toolCalls'],
  tools: Expectations['tools'],
): CheckQuestion[] | undefined {
  const questions: CheckQuestion[] = [];
  for (const call of calls) {
    const tool = tools?.find(call.name);
    // It may be one of those that only the provider describes.
    if (tool === undefined && tools?.hasOthers === true) continue;
    if (tool === undefined) return undefined;
    const text = call.arguments === '' ? '{}' : call.arguments;
    const value = parse(text);
    if (value === undefined) return undefined;
    if (tool.takes === 'json')
      questions.push({ veto: 'invalid_tool_call', schema: tool.schema, value, text });
    else if (typeof value !== 'string') return undefined;
  }
  return questions;
}

function brokenPromises({ text, toolCalls }: AnswerView, { calls, tools }: Expectations): Veto[] {
  if (calls === undefined) return [];
  const { required, forbidden, only, single } = calls;
  const broken: Veto[] = [];
  const allows = ({ name }: { name: string }): boolean => only?.has(name) ?? true;
  // Where the text was not recorded, calls were not either.
  const isKnown = text !== undefined || toolCalls.length > 0;
  if (required && isKnown && tools?.hasOthers !== true && !toolCalls.some(allows))
    broken.push('tool_call_missing');
  if (toolCalls.some((call) => forbidden || !allows(call))) broken.push('tool_call_unwanted');
  if (single && toolCalls.length > 1) broken.push('parallel_tool_calls');
  return broken;
}

/** `undefined` where the text is not JSON: no JSON value is undefined. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
