import type { Attempt, Veto } from '../routing/attempt.ts';
import { beginChecks, finishChecks, vetoOf, type BegunChecks } from '../routing/checks/checks.ts';
import type { AnswerView } from '../routing/checks/expectations.ts';
import type { SchemaJudgement } from '../schemas/judgement.ts';
import { LOG_FIELDS } from '../telemetry/names.ts';
import type { CallContext } from './context.ts';
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
    const checked = begun.questions.length === 0 ? { vetoes: begun.found } : ask(context, state, begun, []);
    return checked instanceof Promise ? checked.catch(broken) : checked;
  } catch (error) {
    return broken(error);
  }
}

/**
 * Asks the questions that are left, one after the other, until a judgement is a veto: further ones could not change what comes of
 * the answer.
 */
function ask(
  context: Checking,
  state: RequestState,
  begun: BegunChecks,
  judgements: SchemaJudgement[],
): Checked | Promise<Checked> {
  const { asked, abort } = state;
  for (const question of begun.questions.slice(judgements.length)) {
    if (abort.signal.aborted) break;
    const { schema, value, text } = question;
    const judged = context.schemaJudge.judge({ schema, value, text, key: asked.tenant });
    if (judged instanceof Promise) {
      return judged.then((judgement) => {
        note(judgement);
        return vetoOf(question, judgement) === undefined
          ? ask(context, state, begun, judgements)
          : finished(begun, judgements);
      });
    }
    note(judged);
    if (vetoOf(question, judged) !== undefined) break;
  }
  return finished(begun, judgements);

  function note(judgement: SchemaJudgement): void {
    judgements.push(judgement);
    context.metrics.schemaJudged(judgement);
  }
}

function finished(begun: BegunChecks, judgements: readonly SchemaJudgement[]): Checked {
  const vetoes = finishChecks(begun, judgements);
  const reasons = judgements.flatMap((judgement) =>
    judgement.verdict === 'not_judged' ? judgement.reason : [],
  );
  return reasons.length === 0 ? { vetoes } : { vetoes, schemaNotJudged: [...new Set(reasons)] };
}
