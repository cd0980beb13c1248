import { memberOf } from '../../defined.ts';
import { errorInside } from '../../protocol/common/chat.ts';
import { failureOfStatus } from '../openai-compatible/status-failure.ts';
import type { RefusedAnswer } from '../transport/http-upstream.ts';
import type { UpstreamFailure } from '../upstream.ts';

/** The API answers an empty account with a 400. */
const NO_CREDIT = /credit balance is too low/i;
/** Prompt and limit together, in the API's words. */
const BEYOND_CONTEXT = /exceed(?:s|ed)? (?:the )?(?:model['’]s )?context (?:limit|window)/i;

/** What a refusal means for the client, in the words of `errors.ts`. */
export function failureOfRefusal(answer: RefusedAnswer): UpstreamFailure {
  if (answer.status === 400 && NO_CREDIT.test(answer.text))
    return failureOfStatus({ ...answer, status: 402 });
  const failure = failureOfStatus(answer);
  if (failure.code !== 'upstream_rejected' || !BEYOND_CONTEXT.test(failure.said ?? '')) return failure;
  const { body: _, ...rest } = failure;
  return {
    ...rest,
    code: 'context_length_exceeded',
    message: `The prompt and the answer's limit are too long for model '${answer.model}' of upstream '${answer.upstream}' (${answer.status}).`,
  };
}

/** The status of each type of error, where it comes inside a 200. */
const STATUS: Readonly<Record<string, number>> = {
  invalid_request_error: 400,
  authentication_error: 401,
  billing_error: 402,
  permission_error: 403,
  not_found_error: 404,
  request_too_large: 413,
  rate_limit_error: 429,
  api_error: 500,
  timeout_error: 504,
  overloaded_error: 529,
};

/** The status that an error inside a 200 stands for; 200 where it names none. `undefined`: there is no error in it. */
export function statusOfErrorWithin(text: string): number | undefined {
  // Looking for the word is cheaper than parsing each event; within a string of JSON its quotes would be escaped.
  if (!text.includes('"error"')) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const type = memberOf(value, 'type');
  // A message or an event may have a member of this name deep inside.
  if (typeof type === 'string' && type !== 'error') return undefined;
  const error = memberOf(value, 'error') ?? errorInside(value);
  if (error == null) return type === 'error' ? 200 : undefined;
  const kind = memberOf(error, 'type');
  return (typeof kind === 'string' ? STATUS[kind] : undefined) ?? 200;
}
