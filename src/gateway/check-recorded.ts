import { chatRequestSchema } from '../protocol/common/chat.ts';
import type { VetoesOf } from '../recordings/replay.ts';
import { answerView } from '../recordings/replay-attempt.ts';
import { readExpectations } from '../request/expectations.ts';
import type { Veto } from '../routing/attempt.ts';
import { beginChecks, finishChecks } from '../routing/checks/checks.ts';
import type { Expectations } from '../routing/checks/expectations.ts';
import { createSchemaJudge, type SchemaJudge } from '../schemas/judge.ts';
import type { SchemaJudgement } from '../schemas/judgement.ts';
import { traceForm, type Trace, type TraceAttempt } from '../traces/trace.ts';

/** Nobody waits for an answer: judging may take longer than in live traffic, and the whole minute is for it. */
const PATIENT = { deadlineMs: 2_000, msPerMinute: 600_000 };

/**
 * Makes the checks of live traffic on recorded answers whose questions ask something of their form, once, so that replays and
 * tables need not wait for a judge. Vetoes that were recorded stay as they are.
 */
export async function checkRecorded(traces: Iterable<Trace>): Promise<VetoesOf> {
  const known = new Map<TraceAttempt, readonly Veto[]>();
  const judge = createSchemaJudge(PATIENT);
  try {
    for (const trace of traces) {
      const expected = expectationsOf(trace);
      if (expected === undefined) continue;
      for (const answer of Object.values(trace.attempts)) {
        if (answer.vetoes === undefined) known.set(answer, await vetoesOf(judge, answer, expected));
      }
    }
  } finally {
    judge.close();
  }
  return (answer) => known.get(answer);
}

/** `undefined` where the question asks nothing of its answers' form, or is malformed. */
function expectationsOf(trace: Trace): Expectations | undefined {
  const form = traceForm(trace);
  if (Object.keys(form).length === 0) return undefined;
  const { success, data } = chatRequestSchema.safeParse({
    model: 'recorded',
    messages: [{ role: 'user' }],
    ...form,
  });
  return success ? readExpectations(data) : undefined;
}

async function vetoesOf(judge: SchemaJudge, answer: TraceAttempt, expected: Expectations): Promise<Veto[]> {
  const begun = beginChecks(answerView(answer), expected);
  const judgements: SchemaJudgement[] = [];
  for (const { schema, value, text } of begun.questions) {
    const judged = judge.judge({ schema, value, text, key: 'recorded' });
    judgements.push(judged instanceof Promise ? await judged : judged);
  }
  return finishChecks(begun, judgements);
}
