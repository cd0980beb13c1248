import { ANTHROPIC_FORMAT } from '../common/anthropic-format.ts';
import { parseBody } from '../common/parse-body.ts';
import type { ListedModel, Protocol } from '../protocol.ts';
import { readMessagesRequest } from './read-request.ts';
import { openMessageStream, renderWholeMessage } from './render-answer.ts';
import { renderMessagesError } from './render-error.ts';
import { countedSchema, messagesSchema } from './request-schema.ts';

/** Anthropic's Messages, `POST /v1/messages`. */
export const anthropicMessages: Protocol = {
  name: ANTHROPIC_FORMAT,
  paths: ['/v1/messages'],
  idPrefix: 'msg_',
  keyHeader: 'x-api-key',
  requestIdHeader: 'request-id',
  readRequest: (text, headers) => readMessagesRequest(text, parseBody(messagesSchema, text), headers),
  renderWhole: renderWholeMessage,
  openStream: openMessageStream,
  renderError: renderMessagesError,
  modelList: {
    header: 'anthropic-version',
    render: (models) => ({
      data: models.map(listedModel),
      has_more: false,
      first_id: models[0]?.id ?? null,
      last_id: models.at(-1)?.id ?? null,
    }),
    renderOne: listedModel,
  },
  counting: {
    path: '/v1/messages/count_tokens',
    readRequest: (text, headers) => readMessagesRequest(text, parseBody(countedSchema, text), headers),
    render: (tokens) => JSON.stringify({ input_tokens: tokens }),
  },
};

function listedModel({ id, created }: ListedModel): object {
  return {
    type: 'model',
    id,
    display_name: id,
    created_at: new Date(created * 1_000).toISOString(),
  };
}
