import type { AuditSetup } from '../audits/audit-context.ts';
import { judgeFacts } from '../audits/judge-call.ts';
import type { Config } from '../config/schema/schema.ts';
import { defined } from '../defined.ts';
import { DEFAULT_JUDGE_PROMPT } from '../learning/labels/judge.ts';
import { controlAnswer } from '../learning/labels/judge-controls.ts';
import { samenessOfTiers } from '../learning/labels/sameness-of-tiers.ts';
import { conversationKeyOf } from '../learning/labels/question-key.ts';
import type { ConfiguredSources, VerdictSettings } from '../learning/labels/sources/label-source.ts';
import { hasComparingSource } from '../learning/labels/sources/sources.ts';
import { createCanGetVerdicts, createVerdicts } from '../learning/labels/verdicts.ts';
import type { ServedRoute } from '../request/served-route.ts';
import { auditRatesOf, type Auditing } from '../routing/audit-plan.ts';
import { createCoins } from '../routing/coins.ts';
import { ruleOf } from '../routing/rules/rules.ts';
import type { LearningStore } from '../store/contract/learning-rows.ts';

export interface AuditSetupOptions {
  store: Pick<LearningStore, 'reference'>;
  /** The key of the hashes in the store; used only if requests are audited. @throws {WeirError} store_unavailable */
  secret: () => Promise<string>;
  /** How often learning wants a route audited; if it says nothing, more often until a version is in force. */
  auditing?: (route: string) => Auditing | undefined;
}

/** What is audited, as the configuration says; `undefined` where it says nothing of it. */
export async function auditSetup(
  { learning }: Config,
  modelNamed: (name: string) => ServedRoute | undefined,
  { store, auditing, secret: secretOf }: AuditSetupOptions,
): Promise<AuditSetup | undefined> {
  if (learning === undefined) return undefined;
  const secret = await secretOf();
  const { dailyBudgetUsd, maxConcurrent, agreement, judgePrompt: prompt = DEFAULT_JUDGE_PROMPT } = learning;
  const judge = learning.judge === undefined ? undefined : modelNamed(learning.judge);
  const judgeTier = judge?.tiers[0];
  const settings: VerdictSettings = {
    reference: (route, key) => store.reference(route, key),
    prompt,
    ...defined({ agreement }),
  };
  const configured: ConfiguredSources = defined({ agreement, judge: judge && learning.judge });
  return {
    rates: ({ policy }) =>
      auditRatesOf(
        learning,
        auditing?.(policy.route) ?? (ruleOf(policy.rule).awaitsVersion ? 'start' : 'usual'),
      ),
    dailyBudgetUsd,
    maxConcurrent,
    ...(judge === undefined || judgeTier === undefined
      ? {}
      : { judge, judgeFacts: judgeFacts(judgeTier, prompt) }),
    conversation: (messages) => conversationKeyOf(messages, secret),
    coins: createCoins(secret),
    sameness: (asked) => samenessOfTiers(asked, agreement),
    canGetVerdicts: hasComparingSource(configured)
      ? () => true
      : createCanGetVerdicts({ ...settings, configured }),
    verdicts: createVerdicts(settings),
    control: controlAnswer,
  };
}
