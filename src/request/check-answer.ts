import type { Attempt, Veto } from '../routing/attempt.ts';
import {
  beginChecks,
  finishChecks,
  vetoOf,
  type BegunChecks,
  type CheckQuestion,
} from '../routing/checks/checks.ts';
import type { AnswerView } from '../routing/checks/expectations.ts';
import type { SchemaJudgement } from '../schemas/judgement.ts';
import { LOG_FIELDS } from '../telemetry/names.ts';
import type { CallContext } from './request-context.ts';
import type { RequestState } from './request-state.ts';

/** What the checks say of an answer, as its attempt has it. */
export type Checked = Pick<Attempt, 'vetoes' | 'schemaNotJudged'>;

type Checking = Pick<CallContext, 'schemaJudge' | 'metrics' | 'log'>;

/**
 * Makes the checks of an answer. Never throws and never rejects: a check that breaks judges nothing, and is logged.
 * @returns a promise only where a schema is judged in a process of its own: the usual case waits for nothing.
 */
export function checkAnswer(
  context: Checking,
  state: RequestState,
  answer: AnswerView,
): Checked | Promise<Checked> {
  let found: readonly Veto[] = [];
  const broken = (error: unknown): Checked => {
    const { requestId, route } = state.asked;
    const fields = {
      [LOG_FIELDS.requestId]: requestId,
      [LOG_FIELDS.route]: route.policy.route,
      [LOG_FIELDS.error]: error instanceof Error ? error.stack : String(error),
    };
    context.log.error(fields, 'a check of an answer broke, and judged nothing');
    return { vetoes: found };
  };
  try {
    const begun = beginChecks(answer, state.asked.expected);
    found = begun.found;
    const checked = begun.questions.length === 0 ? { vetoes: begun.found } : ask(context, state, begun);
    return checked instanceof Promise ? checked.catch(broken) : checked;
  } catch (error) {
    return broken(error);
  }
}

/**
 * Asks the questions one after the other, until a judgement is a veto: further ones could not change what comes of the answer.
 */
function ask(context: Checking, state: RequestState, begun: BegunChecks): Checked | Promise<Checked> {
  const judgements: SchemaJudgement[] = [];
  for (const question of begun.questions) {
    const judged = judge(context, state, question);
    if (judged instanceof Promise) return askOn(context, state, begun, judgements, judged);
    judgements.push(judged);
    context.metrics.schemaJudged(judged);
    if (vetoOf(question, judged) !== undefined) break;
  }
  return finished(begun, judgements);
}

/** The same from a question on that has to be waited for. A request that has ended needs no judgement. */
async function askOn(
  context: Checking,
  state: RequestState,
  begun: BegunChecks,
  judgements: SchemaJudgement[],
  first: Promise<SchemaJudgement>,
): Promise<Checked> {
  let next: SchemaJudgement | Promise<SchemaJudgement> = first;
  for (let position = judgements.length; ; position += 1) {
    const judged = next instanceof Promise ? await next : next;
    judgements.push(judged);
    context.metrics.schemaJudged(judged);
    const [question, following] = [begun.questions[position], begun.questions[position + 1]];
    const isVetoed = question !== undefined && vetoOf(question, judged) !== undefined;
    if (isVetoed || following === undefined || state.abort.signal.aborted) break;
    next = judge(context, state, following);
  }
  return finished(begun, judgements);
}

function judge(
  { schemaJudge }: Checking,
  { asked }: RequestState,
  { schema, value, text }: CheckQuestion,
): SchemaJudgement | Promise<SchemaJudgement> {
  return schemaJudge.judge({ schema, value, text, key: asked.tenant });
}

function finished(begun: BegunChecks, judgements: readonly SchemaJudgement[]): Checked {
  const vetoes = finishChecks(begun, judgements);
  const reasons = judgements.flatMap((judgement) =>
    judgement.verdict === 'not_judged' ? judgement.reason : [],
  );
  return reasons.length === 0 ? { vetoes } : { vetoes, schemaNotJudged: [...new Set(reasons)] };
}
