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
 * What Ollama gives a model of its own accord on a machine with less than 24 GiB of video memory, and the least it gives
 * on any (https://docs.ollama.com/context-length). It cuts longer prompts silently: too small a figure costs a larger
 * tier's call, too large a one costs the answer.
 */
const DEFAULT_CONTEXT_TOKENS = 4_096;

/**
 * Ollama, from `GET /api/tags`, `POST /api/show` and `GET /api/ps` (https://docs.ollama.com/api). `/api/tags` alone does
 * not tell: llama.cpp's server answers there as well, and is told apart before.
 */
export async function readOllama({ root, only }: Address, fetchJson: FetchJson): Promise<Server | undefined> {
  const version = await fetchJson(`${root}/api/version`).catch(() => undefined);
  if (typeof memberOf(version, 'version') !== 'string') return undefined;
  const [tags, running] = await Promise.all([
    fetchJson(`${root}/api/tags`).catch(() => undefined),
    fetchJson(`${root}/api/ps`).catch(() => undefined),
  ]);
  if (!Array.isArray(memberOf(tags, 'models'))) return undefined;
  const server: Server = { kind: 'ollama', chatModels: [], leftOut: [] };
  const loaded = entriesByName(entries(running, 'models'), 'name', 'model');
  /** By name: one that is listed again and again is asked about once. */
  const asked = new Map<string, Promise<unknown>>();
  const show = (id: string): Promise<unknown> => {
    const answer = asked.get(id) ?? fetchJson(`${root}/api/show`, { model: id }).catch(() => undefined);
    asked.set(id, answer);
    return answer;
  };
  const details = await Promise.all(
    entries(tags, 'models').map(async (model) => {
      const id = text(model['name']) || text(model['model']);
      // Nothing is asked about a model that is not here.
      const shown =
        cloud(id, model) === undefined && (only === undefined || only.some((name) => isCalled(name, id)))
          ? await show(id)
          : undefined;
      return { id, model, shown };
    }),
  );
  for (const { id, model, shown } of details) {
    const reason = cloud(id, model) ?? cloud(id, shown) ?? notChat(id, model, shown);
    if (reason !== undefined) server.leftOut.push({ id, reason });
    else
      server.chatModels.push({
        id,
        ...context(shown, loaded.get(id)),
        ...size(model, shown),
        ...told({
          template: memberOf(shown, 'template'),
          quantization:
            memberOf(memberOf(shown, 'details'), 'quantization_level') ??
            memberOf(memberOf(model, 'details'), 'quantization_level'),
          weights: model['digest'],
        }),
      });
  }
  return server;
}

/** Whether a name that a request asks for is that of a listed model. */
export function isCalled(name: string, id: string): boolean {
  return name === id || `${name}:latest` === id;
}

/** `ollama pull …:cloud` makes an entry like any other, whose questions go to Ollama's servers. */
function cloud(id: string, model: unknown): string | undefined {
  const host = text(memberOf(model, 'remote_host'));
  if (host !== '' || text(memberOf(model, 'remote_model')) !== '')
    return `runs in the cloud${host === '' ? '' : ` (${host})`}, not here`;
  return /[:-]cloud$/i.test(id) ? 'runs in the cloud, not here' : undefined;
}

function notChat(id: string, model: unknown, details: unknown): string | undefined {
  const capabilities = memberOf(details, 'capabilities');
  if (Array.isArray(capabilities) && capabilities.length > 0) {
    if (capabilities.includes('completion')) return undefined;
    return capabilities.includes('embedding')
      ? EMBEDS
      : `is for ${capabilities.join(', ')}; it does not chat`;
  }
  // Older versions do not list capabilities.
  return /bert/i.test(text(memberOf(memberOf(model, 'details'), 'family'))) ? EMBEDS : notChatByName(id);
}

function context(
  details: unknown,
  loaded: Readonly<Record<string, unknown>> | undefined,
): Pick<ChatModel, 'contextTokens' | 'contextNote'> {
  const allocated = positiveInteger(loaded?.['context_length']);
  if (allocated !== undefined) return { contextTokens: allocated, contextNote: 'as loaded' };
  const [, written] = /^[ \t]*num_ctx[ \t]+(\d+)/m.exec(text(memberOf(details, 'parameters'))) ?? [];
  const configured = positiveInteger(Number(written));
  if (configured !== undefined) return { contextTokens: configured, contextNote: 'num_ctx of the model' };
  const trained = positiveInteger(modelInfo(details, 'context_length'));
  return {
    contextTokens: Math.min(DEFAULT_CONTEXT_TOKENS, trained ?? Infinity),
    contextNote:
      `Ollama's least default, assumed while the model is not loaded${trained === undefined ? '' : ` (it was trained for ${trained})`}; ` +
      'OLLAMA_CONTEXT_LENGTH raises it',
  };
}

function size(model: unknown, details: unknown): Pick<ChatModel, 'parametersBillion'> {
  const count = memberOf(memberOf(details, 'model_info'), 'general.parameter_count');
  if (typeof count === 'number' && count > 0) return { parametersBillion: count / 1e9 };
  const [, amount, unit] =
    /^([\d.]+)\s*([BM])$/i.exec(text(memberOf(memberOf(model, 'details'), 'parameter_size'))) ?? [];
  if (amount === undefined) return {};
  return { parametersBillion: unit?.toUpperCase() === 'M' ? Number(amount) / 1_000 : Number(amount) };
}

/** `model_info` has its fields by architecture: `qwen3.context_length`. */
function modelInfo(details: unknown, name: string): unknown {
  const info = memberOf(details, 'model_info');
  return memberOf(info, `${text(memberOf(info, 'general.architecture'))}.${name}`);
}
