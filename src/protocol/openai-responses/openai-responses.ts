import { commonErrorBody } from '../common/client-error.ts';
import { parseBody } from '../common/parse-body.ts';
import { RESPONSES_FORMAT } from '../common/responses-format.ts';
import type { Protocol } from '../protocol.ts';
import { keptOf, wantedAnswers } from './kept-conversation.ts';
import { readResponsesRequest } from './read-request.ts';
import { openResponseStream, renderWholeResponse } from './render-answer.ts';
import { responsesSchema } from './request-schema.ts';

/** OpenAI's Responses, `POST /v1/responses`. */
export const openAiResponses: Protocol = {
  name: RESPONSES_FORMAT,
  paths: ['/v1/responses'],
  idPrefix: 'resp_',
  repeatsAnswer: true,
  readRequest: (text, _, kept) => readResponsesRequest(text, parseBody(responsesSchema, text), kept),
  keeping: { wanted: wantedAnswers, keptOf },
  renderWhole: renderWholeResponse,
  openStream: openResponseStream,
  renderError: (error) => JSON.stringify(commonErrorBody(error)),
};
