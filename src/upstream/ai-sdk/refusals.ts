import { failureOfStatus } from '../openai-compatible/status-failure.ts';
import type { RefusedAnswer } from '../transport/http-upstream.ts';
import type { UpstreamFailure } from '../upstream.ts';

/** What providers say in words only, with a status that does not. */
const NO_SUCH_MODEL = /model identifier is invalid/i;
const NO_SUCH_KEY = /API key not valid|API key expired/i;
const BEYOND_CONTEXT = /input is too long for requested model|too many input tokens/i;

/** What a provider's refusal means for the client, in the words of `errors.ts`. */
export function failureOfProvider(answer: RefusedAnswer): UpstreamFailure {
  const { upstream, model, text } = answer;
  const status = statusMeant(answer);
  const failure = failureOfStatus({ ...answer, status });
  if (failure.code === 'upstream_credentials' && status !== 402)
    return {
      ...failure,
      status: answer.status,
      message: `Upstream '${upstream}' refused the gateway's own credentials (${answer.status}); they must be there, in force, and allowed to use model '${model}'.`,
    };
  if (failure.code === 'upstream_error' && status === 404)
    return {
      ...failure,
      status: answer.status,
      message: `Upstream '${upstream}' does not know model '${model}', not in this region, or its \`baseUrl\` is not right (${answer.status}).`,
    };
  if (failure.code !== 'upstream_rejected' || !BEYOND_CONTEXT.test(text)) return failure;
  const { body: _, ...rest } = failure;
  return {
    ...rest,
    code: 'context_length_exceeded',
    message: `The prompt is too long for model '${model}' of upstream '${upstream}' (${status}).`,
  };
}

function statusMeant({ status, text }: RefusedAnswer): number {
  if (status !== 400) return status;
  if (NO_SUCH_MODEL.test(text)) return 404;
  return NO_SUCH_KEY.test(text) ? 401 : status;
}
