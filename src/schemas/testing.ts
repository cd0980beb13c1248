import type { TestContext } from 'node:test';
import { createSchemaJudge, type SchemaJudge, type SchemaJudgeOptions } from './judge.ts';
import type { SchemaJudgement } from './judgement.ts';

/** Patient, since the machine that runs tests may be busy; closed with its test. */
export function testedJudge(context: TestContext, options: SchemaJudgeOptions = {}): SchemaJudge {
  const judge = createSchemaJudge({
    maxWaitMs: 60_000,
    deadlineMs: 20_000,
    msPerMinute: 1e12,
    onError(error) {
      throw error;
    },
    ...options,
  });
  context.after(() => judge.close());
  return judge;
}

/** `fits`, `does_not_fit` or the reason why it was not judged; how it was asked is for those who call `judge` itself. */
export async function verdictOf(
  { judge }: SchemaJudge,
  schema: unknown,
  text: string,
  key = 'tenant',
): Promise<string> {
  return wordOf(await judge({ schema, value: JSON.parse(text), text, key }));
}

export function wordOf(judgement: SchemaJudgement): string {
  return judgement.verdict === 'not_judged' ? judgement.reason : judgement.verdict;
}
