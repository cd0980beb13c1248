import type { Policy, Tier } from './policy.ts';
import type { RequestView } from './setting.ts';
import { hasTextAlone, roughTokens, type RequestText } from './signals/request-text.ts';
import { fitsContext, mayGoTo } from './tier-obstacle.ts';

/** Why a judge cannot be asked about a request, whatever its answers will be. */
export type JudgeObstacle = 'not_text' | 'data_class' | 'too_long';

/** What is known of a judge before it is asked. */
export interface JudgeFacts extends Pick<Tier, 'location' | 'contextTokens'> {
  /** Tokens of its prompt without the request and the answers. */
  promptTokens: number;
  /** The most tokens of its reply. */
  replyTokens: number;
}

/** What is known of a request before it is answered. */
export interface JudgedRequest extends Pick<RequestView, 'inputTokens' | 'maxOutputTokens' | 'dataClass'> {
  messages: RequestText['messages'];
  /** As the request has it: the judge reads it too. */
  responseFormat?: unknown;
}

/**
 * Room that is kept for each of the two answers, in tokens: less where the request itself asks for less. Requests often
 * allow many times what is answered, so more room would keep them from a judge that can nearly always be asked.
 */
const ANSWER_TOKENS = 1_000;
/** What a message costs beside its text: who said it, and the space between. */
const MESSAGE_TOKENS = 4;

/**
 * Why the judge cannot be asked about a request; `undefined` where it can. This looks at no answer, so leaving such requests
 * out of a certificate, those whose answers agree too, cannot make it too kind. An answer longer than the room that is kept
 * for it may still be too long to judge: then it has no verdict.
 */
export function judgeObstacle(
  policy: Pick<Policy, 'data'>,
  { messages, inputTokens, maxOutputTokens = ANSWER_TOKENS, dataClass, responseFormat }: JudgedRequest,
  judge: JudgeFacts,
): JudgeObstacle | undefined {
  if (!mayGoTo(policy, dataClass, judge.location)) return 'data_class';
  if (!hasTextAlone(messages)) return 'not_text';
  if (judge.contextTokens === undefined) return undefined;
  const asked = inputTokens + MESSAGE_TOKENS * messages.length + tokensOfForm(responseFormat);
  const answers = 2 * Math.min(maxOutputTokens, ANSWER_TOKENS);
  const needed = {
    inputTokens: judge.promptTokens + asked + answers,
    maxOutputTokens: judge.replyTokens,
  };
  return fitsContext(judge, needed) ? undefined : 'too_long';
}

function tokensOfForm(responseFormat: unknown): number {
  if (responseFormat == null) return 0;
  try {
    return roughTokens(JSON.stringify(responseFormat));
  } catch {
    // It is nested too deep to be written for the judge.
    return Infinity;
  }
}
