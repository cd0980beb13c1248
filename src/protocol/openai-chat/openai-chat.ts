import { WeirError } from '../../errors.ts';
import { chatRequestSchema, type ChatRequest } from '../common/chat.ts';
import { inPlainWords } from '../../format/schema-problem.ts';

/**
 * A chat request's body, read and judged.
 * @throws {WeirError} `invalid_json`, `invalid_request` or `unsupported_parameter`, with the place in `param`.
 */
export function parseChatRequest(text: string): ChatRequest {
  const result = chatRequestSchema.safeParse(parseJsonObject(text), { error: inPlainWords });
  if (!result.success) {
    const issue = result.error.issues[0];
    const param = showPath(issue?.path ?? []);
    throw new WeirError(
      'invalid_request',
      `Invalid '${param}': ${issue?.message ?? 'not what the API asks for'}.`,
      { param },
    );
  }
  const request = result.data;
  if (request.n != null && request.n > 1) {
    throw new WeirError(
      'unsupported_parameter',
      "'n' greater than 1 is not supported: one answer is weighed at a time; send the request several times.",
      { param: 'n' },
    );
  }
  if (request.top_logprobs != null && request.logprobs !== true) {
    throw new WeirError('invalid_request', "'top_logprobs' needs 'logprobs': true.", {
      param: 'top_logprobs',
    });
  }
  return request;
}

/** @throws {WeirError} `invalid_json` where the text is no JSON object. */
export function parseJsonObject(text: string): object {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const why =
      text.trim() === ''
        ? 'it is empty'
        : error instanceof SyntaxError
          ? error.message
          : 'it cannot be parsed';
    throw new WeirError('invalid_json', `The request body must be a JSON object: ${why}.`);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new WeirError('invalid_json', 'The request body must be a JSON object.');
}

/** `messages[0].content`, as OpenAI writes places. */
export function showPath(path: readonly PropertyKey[]): string {
  return path
    .map((part, index) =>
      typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${String(part)}`,
    )
    .join('');
}
