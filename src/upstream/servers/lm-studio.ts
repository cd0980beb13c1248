import { EMBEDS, notChatByName } from './not-chat.ts';
import {
  entries,
  positiveInteger,
  text,
  told,
  type Address,
  type ChatModel,
  type FetchJson,
  type Server,
} from './server.ts';

/**
 * LM Studio, from its own `GET /api/v0/models` (https://lmstudio.ai/docs/developer/rest/endpoints): `type` is `llm`,
 * `vlm` or `embeddings`; a loaded model has the context it was loaded with, another one only its maximum.
 */
export async function readLmStudio({ root }: Address, fetchJson: FetchJson): Promise<Server | undefined> {
  const models = entries(await fetchJson(`${root}/api/v0/models`).catch(() => undefined), 'data');
  if (!models.some((model) => 'compatibility_type' in model || 'max_context_length' in model))
    return undefined;
  const server: Server = { kind: 'lm-studio', chatModels: [], leftOut: [] };
  for (const model of models) {
    const id = text(model['id']);
    const reason = model['type'] === 'embeddings' ? EMBEDS : notChatByName(id);
    if (reason === undefined)
      server.chatModels.push({ id, ...context(model), ...told({ quantization: model['quantization'] }) });
    else server.leftOut.push({ id, reason });
  }
  return server;
}

function context(model: Record<string, unknown>): Pick<ChatModel, 'contextTokens' | 'contextNote'> {
  const loaded = positiveInteger(model['loaded_context_length']);
  if (loaded !== undefined) return { contextTokens: loaded, contextNote: 'as loaded' };
  const most = positiveInteger(model['max_context_length']);
  return { contextNote: `known once it is loaded${most === undefined ? '' : `; at most ${most} tokens`}` };
}
