import type { Policy } from './policy.ts';
import type { RequestView } from './setting.ts';
import { judgeObstacle, type JudgeFacts, type JudgeObstacle } from './judge-obstacle.ts';
import { fitsContext, mayGoTo } from './tier-obstacle.ts';

/**
 * Why no certificate speaks of a request. Each is known before any tier has answered, so no answer can choose to be left out:
 * what keeps a request from an audit later counts as lost.
 */
export type Uncovered =
  | 'tool_loop'
  | 'narrowed'
  | 'unable'
  | JudgeObstacle
  | 'limit_range'
  | 'nothing_judges';

/** A request as the coverage sees it: what the policy knows of it, and its form. */
export interface CoveredRequest {
  view: RequestView;
  /** As in the API. */
  chat: {
    readonly messages: readonly Readonly<Record<string, unknown>>[];
    readonly response_format?: unknown;
    readonly modalities?: unknown;
  };
}

/**
 * Whether a certificate of the route speaks of a request; if not, the first cause. A certificate rests on audits, and an audit
 * asks every tier and, where there is one, the judge: so each of them must be able to see the request.
 * @param judge absent where no model compares answers.
 * @returns `undefined` where it is covered.
 */
export function uncoveredBy(
  policy: Pick<Policy, 'tiers' | 'data'>,
  { view, chat }: CoveredRequest,
  judge: JudgeFacts | undefined,
): Uncovered | undefined {
  const { tiers } = policy;
  // The other tiers did not make these calls, so their answers to the results would say nothing about them.
  if (chat.messages.some(isOfToolLoop)) return 'tool_loop';
  if (view.minTier > 0 || view.maxTier < tiers.length - 1 || view.cannot !== undefined) return 'narrowed';
  const { dataClass, maxOutputTokens } = view;
  if (!tiers.every(({ location }) => mayGoTo(policy, dataClass, location))) return 'data_class';
  if (view.cannot !== undefined) return 'unable';
  if (!tiers.every((tier, index) => fitsContext(tier, view, index < tiers.length - 1))) return 'too_long';
  // Such a limit cannot be recorded, and so its audit could not be read.
  if (maxOutputTokens !== undefined && !Number.isSafeInteger(maxOutputTokens)) return 'limit_range';
  if (judge === undefined) return undefined;
  if (answersMoreThanText(chat)) return 'not_text';
  return judgeObstacle(
    policy,
    { ...view, messages: chat.messages, responseFormat: chat.response_format },
    judge,
  );
}

function isOfToolLoop(message: Readonly<Record<string, unknown>>): boolean {
  const { role, tool_calls: calls, function_call: call } = message;
  return role === 'tool' || role === 'function' || (Array.isArray(calls) && calls.length > 0) || call != null;
}

/** Sound that is asked for is in no text. */
function answersMoreThanText({ modalities }: CoveredRequest['chat']): boolean {
  return Array.isArray(modalities) && modalities.some((each) => each !== 'text');
}
