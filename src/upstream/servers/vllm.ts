import { notChatByName } from './not-chat.ts';
import { entries, entriesByName, positiveInteger, text, told, type Server } from './server.ts';

/**
 * vLLM, from its `GET /v1/models`: `max_model_len` is the context that it serves. An adapter (LoRA) has a `parent`
 * instead, and its parent's context. (`ModelCard` of vLLM's OpenAI server.)
 */
export function readVllm(listing: unknown): Server | undefined {
  const models = entries(listing, 'data');
  if (!models.some((model) => model['owned_by'] === 'vllm')) return undefined;
  const byId = entriesByName(models, 'id');
  const server: Server = { kind: 'vllm', chatModels: [], leftOut: [] };
  for (const model of models) {
    const id = text(model['id']);
    const reason = notChatByName(id) ?? notChatByName(text(model['root']));
    if (reason !== undefined) {
      server.leftOut.push({ id, reason });
      continue;
    }
    const parent = byId.get(model['parent']);
    const contextTokens =
      positiveInteger(model['max_model_len']) ?? positiveInteger(parent?.['max_model_len']);
    server.chatModels.push({
      id,
      ...(contextTokens === undefined
        ? { contextNote: 'the server does not say' }
        : { contextTokens, contextNote: 'max_model_len' }),
      // It tells neither template nor quantisation, but which weights it was started with.
      ...told({ weights: model['root'] ?? undefined }),
    });
  }
  return server;
}
