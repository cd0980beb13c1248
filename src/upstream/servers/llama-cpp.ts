import { memberOf } from '../../defined.ts';
import { EMBEDS, notChatByName } from './not-chat.ts';
import {
  entries,
  entriesByName,
  positiveInteger,
  text,
  told,
  type Address,
  type ChatModel,
  type FetchJson,
  type Server,
} from './server.ts';

/**
 * llama.cpp's server, from its `GET /v1/models` and `GET /props`
 * (https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md). A request's context is that of one slot:
 * `default_generation_settings.n_ctx`; `meta.n_ctx_train` is only what the model was trained for.
 */
export async function readLlamaCpp(
  listing: unknown,
  { root }: Address,
  fetchJson: FetchJson,
): Promise<Server | undefined> {
  const models = entries(listing, 'data');
  if (!models.some((model) => model['owned_by'] === 'llamacpp')) return undefined;
  // Some builds guard or omit it.
  const props = await fetchJson(`${root}/props`).catch(() => undefined);
  const slotContext = positiveInteger(memberOf(memberOf(props, 'default_generation_settings'), 'n_ctx'));
  const ownEntries = entriesByName(entries(listing, 'models'), 'model', 'name');
  const server: Server = { kind: 'llama.cpp', chatModels: [], leftOut: [] };
  for (const model of models) {
    const id = text(model['id']);
    const capabilities = memberOf(ownEntries.get(id), 'capabilities');
    const embeds =
      Array.isArray(capabilities) &&
      capabilities.includes('embedding') &&
      !capabilities.includes('completion');
    const reason = embeds ? EMBEDS : notChatByName(id);
    if (reason !== undefined) {
      server.leftOut.push({ id, reason });
      continue;
    }
    const contextTokens = slotContext ?? positiveInteger(memberOf(model['meta'], 'n_ctx'));
    const parameters = memberOf(model['meta'], 'n_params');
    server.chatModels.push({
      id,
      ...(contextTokens === undefined
        ? { contextNote: 'the server does not say' }
        : { contextTokens, contextNote: 'of one slot' }),
      ...(typeof parameters === 'number' && parameters > 0 ? { parametersBillion: parameters / 1e9 } : {}),
      // Where it lists several models, `/props` is about one of them.
      ...toldOf(model['meta'], models.length === 1 ? props : undefined),
    });
  }
  return server;
}

/** `Q4_K - Medium` is what files and people call `Q4_K_M`. */
function shortName(type: string): string {
  return type
    .replace(/^(?:all|mostly) /i, '')
    .replace(/ - (small|medium|large)\b.*$/i, (_, size: string) => `_${size.charAt(0)}`)
    .replace(/ .*$/s, '');
}

/** Of a file: nothing longer is looked through. */
const LONGEST_NAME = 255;

/** The file's name and the model's sizes tell weights apart, whichever folder they lie in. */
function toldOf(meta: unknown, props: unknown): Pick<ChatModel, 'told'> {
  const file = text(memberOf(props, 'model_path'))
    .replace(/^.*[\\/]/s, '')
    .slice(-LONGEST_NAME);
  const sizes = ['n_params', 'size', 'n_vocab', 'n_embd'].map((name) => memberOf(meta, name) ?? null);
  const [named = ''] = /(?:I?Q\d|MXFP4|BF16|F16|F32)(?:_[A-Z0-9]+)*(?=[.-]|$)/i.exec(file) ?? [];
  return told({
    template: memberOf(props, 'chat_template'),
    quantization: shortName(text(memberOf(props, 'model_ftype')) || text(memberOf(meta, 'ftype'))) || named,
    weights: file === '' && typeof memberOf(meta, 'size') !== 'number' ? undefined : { file, sizes },
  });
}
