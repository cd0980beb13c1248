/** A gateway over scripted upstreams that audits every request, and a judge: for this folder's tests. */
import { DEFAULT_JUDGE_PROMPT } from '../learning/labels/judge.ts';
import { conversationKeyOf } from '../learning/labels/question-key.ts';
import { samenessOfTiers } from '../learning/labels/sameness-of-tiers.ts';
import { createVerdicts, type VerdictOptions } from '../learning/labels/verdicts.ts';
import { createCoins } from '../routing/coins.ts';
import type { Tier } from '../routing/policy.ts';
import type { AuditAttempt, AuditRow } from '../store/contract/learning-rows.ts';
import type { Label } from '../store/contract/store.ts';
import type { AuditSetup } from './audit-context.ts';
import { answers, type ScriptedStep } from '../upstream/scripted/scripted-reply.ts';
import {
  createTestGateway,
  type TestGateway,
  type TestGatewayOptions,
  type TestJudge,
} from '../gateway/testing.ts';
import { played } from '../upstream/scripted/testing.ts';

/** The judge is `umpire` at this upstream: `far` is in the cloud, `local` is not. */
export function judgeAt(upstream: 'far' | 'local', more: Partial<Tier> = {}): TestJudge {
  return {
    tier: {
      name: 'judge',
      model: 'umpire',
      upstream,
      location: upstream === 'far' ? 'cloud' : 'on-premises',
      price: { input: 10, output: 10 },
      ...more,
    },
    asking: {},
  };
}

/** An upstream that answers so, and as the judge's model with these words. */
export function judging(answer: ScriptedStep, verdict: string): ScriptedStep {
  return (asked) => played(asked.model === 'umpire' ? answers(verdict) : answer, asked);
}

/** What conversations' keys are keyed with. */
export const TEST_SECRET = 'a secret of these tests, and of no others';

export interface AuditOptions extends Partial<Omit<AuditSetup, 'verdicts' | 'judge'>> {
  judge?: TestJudge;
  reference?: VerdictOptions['reference'];
  agreement?: VerdictOptions['agreement'];
}

/** Everything is audited, for a dollar a day, one at a time; but for what is given. */
export function auditsOf({
  reference,
  agreement,
  ...settings
}: Omit<AuditOptions, 'judge'> = {}): AuditSetup {
  return {
    rates: () => ({ certification: 1, close: 0 }),
    dailyBudgetUsd: 1,
    maxConcurrent: 1,
    coins: createCoins(TEST_SECRET),
    conversation: (messages) => conversationKeyOf(messages, TEST_SECRET),
    verdicts: createVerdicts({
      reference: reference ?? (() => Promise.resolve(undefined)),
      prompt: DEFAULT_JUDGE_PROMPT,
      ...(agreement === undefined ? {} : { agreement }),
    }),
    sameness: (asked) => samenessOfTiers(asked, agreement),
    // Without anything that judges, most tests look at what is asked all the same.
    canGetVerdicts: () => true,
    ...settings,
  };
}

export interface RecordedAudit {
  row: AuditRow | undefined;
  attempts: AuditAttempt[];
  labels: Label[];
}

export interface AuditingGateway extends TestGateway {
  /** The audit of the request that this response answered, once nothing is audited any more. */
  auditOf(response: Response): Promise<RecordedAudit>;
  /** How many audits came to this result, by route `auto`. */
  counted(result: string, kind?: string): Promise<number>;
  /** For how many requests no coin was tossed for this reason, by route `auto`. */
  notDrawn(reason: string): Promise<number>;
}

/** The value of a line of the metrics that begins so; 0 where there is none. */
export async function metricOf({ context }: Pick<TestGateway, 'context'>, line: string): Promise<number> {
  const text = await context.api.metrics.text();
  return Number(
    text
      .split('\n')
      .find((each) => each.startsWith(`${line} `))
      ?.slice(line.length) ?? 0,
  );
}

/** Runs a test in a gateway that audits. */
export async function withAudits(
  { judge, ...audits }: AuditOptions,
  options: TestGatewayOptions,
  run: (gateway: AuditingGateway) => Promise<void>,
): Promise<void> {
  const gateway = await createTestGateway({
    ...options,
    ...(judge === undefined ? {} : { judge }),
    context: { audits: auditsOf(audits), ...options.context },
  });
  const { auditor, recorder } = gateway;
  try {
    await run({
      ...gateway,
      async auditOf(response) {
        await response.text();
        await auditor.idle();
        const found = await recorder.decision(response.headers.get('x-weir-id')?.slice(9) ?? '', 'default');
        const row = found?.audit;
        return {
          row,
          attempts: row === undefined ? [] : (JSON.parse(row.attempts) as AuditAttempt[]),
          labels: found?.labels ?? [],
        };
      },
      notDrawn: (reason) =>
        metricOf(gateway, `weir_requests_not_drawn_total{route="auto",reason="${reason}"}`),
      counted: (result, kind = 'certification') =>
        metricOf(gateway, `weir_audits_total{route="auto",kind="${kind}",result="${result}"}`),
    });
  } finally {
    await auditor.close();
    await gateway.close();
  }
}
