import type { Policy, Tier } from './policy.ts';
import type { RequestView } from './setting.ts';
import { tokensOfTools } from './signals/request-text.ts';
import { fitsContext, mayGoTo } from './tier-obstacle.ts';

/**
 * Why no certificate speaks of a request. Each is known before any tier has answered, so no answer can choose to be left out:
 * what keeps a request from an audit later counts as lost.
 */
export type Uncovered =
  | 'tool_loop'
  | 'narrowed'
  | 'data_class'
  | 'too_long'
  | 'limit_range'
  | 'not_text'
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

/** The model that compares answers, as far as it matters whether it can be asked. */
export type JudgeTier = Pick<Tier, 'location' | 'contextTokens'>;

/**
 * Whether a certificate of the route speaks of a request; if not, the first cause. A certificate rests on audits, and an audit
 * asks every tier and, where there is one, the judge: so each of them must be able to see the request.
 * @param judge absent where no model compares answers.
 * @returns `undefined` where it is covered.
 */
export function uncoveredBy(
  policy: Pick<Policy, 'tiers' | 'data'>,
  { view, chat }: CoveredRequest,
  judge: JudgeTier | undefined,
): Uncovered | undefined {
  const { tiers } = policy;
  // The other tiers did not make these calls, so their answers to the results would say nothing about them.
  if (chat.messages.some(isOfToolLoop)) return 'tool_loop';
  if (view.minTier > 0 || view.maxTier < tiers.length - 1) return 'narrowed';
  const { dataClass, maxOutputTokens } = view;
  const mayBeAt = ({ location }: Pick<Tier, 'location'>): boolean => mayGoTo(policy, dataClass, location);
  if (dataClass !== undefined && !(tiers.every(mayBeAt) && (judge === undefined || mayBeAt(judge))))
    return 'data_class';
  if (!tiers.every((tier) => fitsContext(tier, view))) return 'too_long';
  // Such a limit cannot be recorded, and so its audit could not be read.
  if (maxOutputTokens !== undefined && !Number.isSafeInteger(maxOutputTokens)) return 'limit_range';
  if (judge === undefined) return undefined;
  if (!isTextAlone(chat)) return 'not_text';
  return judge.contextTokens === undefined || fitsContext(judge, comparisonOf(view, chat))
    ? undefined
    : 'too_long';
}

function isOfToolLoop(message: Readonly<Record<string, unknown>>): boolean {
  const { role, tool_calls: calls, function_call: call } = message;
  return role === 'tool' || role === 'function' || (Array.isArray(calls) && calls.length > 0) || call != null;
}

/** Whether a judge that reads text would see all that the tiers see, and all that they answer. */
function isTextAlone({ messages, modalities }: CoveredRequest['chat']): boolean {
  if (Array.isArray(modalities) && modalities.some((each) => each !== 'text')) return false;
  return messages.every(
    ({ content, audio }) =>
      audio == null &&
      (typeof content === 'string' || content == null || (Array.isArray(content) && content.every(isText))),
  );
}

function isText(part: unknown): boolean {
  if (typeof part !== 'object' || part === null || !('text' in part) || typeof part.text !== 'string')
    return false;
  return !('type' in part) || part.type === 'text';
}

/** What a judge reads beside the request and the two answers, and what it writes: more than the shipped prompt needs. */
const JUDGE_TOKENS = 1_500;
/** An answer is given this much room where the client does not limit it to less. The verdict on a longer one may be missing, which counts as lost. */
const ANSWER_TOKENS = 1_000;

function comparisonOf(
  { inputTokens, maxOutputTokens = ANSWER_TOKENS }: RequestView,
  { response_format: form }: CoveredRequest['chat'],
): Pick<RequestView, 'inputTokens' | 'maxOutputTokens'> {
  const formTokens = form == null ? 0 : tokensOfTools(form);
  const answers = 2 * Math.min(maxOutputTokens, ANSWER_TOKENS);
  return { inputTokens: inputTokens + formTokens + answers, maxOutputTokens: JUDGE_TOKENS };
}
