import { WeirError } from '../../errors.ts';
import {
  type ChatRequest,
  chatRequestSchema,
  COMMON_FORMAT,
  COMMON_ID_PREFIX,
  commonRequest,
} from '../common/chat.ts';
import { commonErrorBody } from '../common/client-error.ts';
import { parseBody } from '../common/parse-body.ts';
import type { Protocol } from '../protocol.ts';
import { openChatStream, renderWholeChat } from './render-answer.ts';

/** OpenAI's chat completions, `POST /v1/chat/completions`. Its wire format is the common form. */
export const openAiChat: Protocol = {
  name: COMMON_FORMAT,
  paths: ['/v1/chat/completions'],
  idPrefix: COMMON_ID_PREFIX,
  readRequest: (text) => commonRequest(parseChatRequest(text), text),
  renderWhole: renderWholeChat,
  openStream: openChatStream,
  renderError: (error) => JSON.stringify(commonErrorBody(error)),
};

/**
 * A chat request's body, read and checked.
 * @throws {WeirError} `invalid_json`, `invalid_request` or `unsupported_parameter`, with the field in `param`.
 */
function parseChatRequest(text: string): ChatRequest {
  const request = parseBody(chatRequestSchema, text);
  if (request.top_logprobs != null && request.logprobs !== true) {
    throw new WeirError('invalid_request', "'top_logprobs' needs 'logprobs': true.", {
      param: 'top_logprobs',
    });
  }
  return request;
}
