import { memberOf } from '../../defined.ts';
import { readLlamaCpp } from './llama-cpp.ts';
import { readLmStudio } from './lm-studio.ts';
import { notChatByName } from './not-chat.ts';
import { isCalled, readOllama } from './ollama.ts';
import { entries, text, type FetchJson, type Server, type ToldOfModel } from './server.ts';
import { readVllm } from './vllm.ts';

export type { FetchJson, Server, ToldOfModel } from './server.ts';

/**
 * Tells by the shape of its answers what server is at an address, and which of its models chat; cloud-backed models,
 * models for other work and Weir itself are left out, with the reason. Undefined where nothing answers like one.
 * @param baseUrl where the OpenAI API begins, usually ending in `/v1`.
 * @param only the names of the models that are of interest; absent: all.
 */
export async function identify(
  baseUrl: string,
  fetchJson: FetchJson,
  only?: readonly string[],
): Promise<Server | undefined> {
  const base = baseUrl.replace(/\/+$/, '');
  const address = { baseUrl: base, root: base.replace(/\/v1$/, ''), ...(only === undefined ? {} : { only }) };
  const listing = await fetchJson(`${base}/models`).catch(() => undefined);
  // An empty Ollama lists `data: null`.
  if (memberOf(listing, 'object') !== 'list' && !Array.isArray(memberOf(listing, 'data'))) return undefined;
  return (
    readWeir(listing) ??
    (await readLlamaCpp(listing, address, fetchJson)) ??
    readVllm(listing) ??
    (await readOllama(address, fetchJson)) ??
    (await readLmStudio(address, fetchJson)) ??
    readOther(listing)
  );
}

/** What a server tells of the model that answers to a name; empty where it tells nothing. */
export function toldOfModel({ kind, chatModels }: Server, name: string): ToldOfModel {
  // llama.cpp's server has one model, and answers as it to any name.
  const [only, ...others] = kind === 'llama.cpp' ? chatModels : [];
  const found =
    only !== undefined && others.length === 0 ? only : chatModels.find(({ id }) => isCalled(name, id));
  return found?.told ?? {};
}

/** A gateway that asks itself would never end. */
function readWeir(listing: unknown): Server | undefined {
  const models = entries(listing, 'data');
  if (!models.some((model) => model['owned_by'] === 'weir')) return undefined;
  return {
    kind: 'weir',
    chatModels: [],
    leftOut: models.map((model) => ({ id: text(model['id']), reason: 'is Weir itself' })),
  };
}

function readOther(listing: unknown): Server {
  const server: Server = { kind: 'openai-compatible', chatModels: [], leftOut: [] };
  for (const model of entries(listing, 'data')) {
    const id = text(model['id']);
    const reason = notChatByName(id);
    if (reason === undefined) server.chatModels.push({ id, contextNote: 'the server does not say' });
    else server.leftOut.push({ id, reason });
  }
  return server;
}
