import { defined, memberOf } from '../../defined.ts';
import { hashContent } from '../../routing/hash-content.ts';
/** What kind of server answers at an address; `openai-compatible`: one that none of the others' shapes fits. */
export type ServerKind = 'ollama' | 'lm-studio' | 'vllm' | 'llama.cpp' | 'weir' | 'openai-compatible';

export interface ChatModel {
  id: string;
  /** Prompt and answer together, as a request really has them; absent where the server does not say. */
  contextTokens?: number;
  /** Where the figure comes from, or why there is none, in words. */
  contextNote?: string;
  /** Billions of parameters, where the server says so: the order of a ladder. */
  parametersBillion?: number;
  /** What tells it from another model of the same name; absent where the server says nothing of it. */
  told?: ToldOfModel;
}

/** What a server tells of a model beside its name: hashes, but for the quantisation. */
export interface ToldOfModel {
  /** Of the prompt template. */
  template?: string;
  /** As the server calls it, such as `Q4_K_M`. */
  quantization?: string;
  /** Of what it says of the weights, the same wherever their file lies. */
  weights?: string;
}

/** A model that is listed and not used, and why, in words that follow its name: `embeds texts; it does not chat`. */
export interface LeftOut {
  id: string;
  reason: string;
}

export interface Server {
  kind: ServerKind;
  chatModels: ChatModel[];
  leftOut: LeftOut[];
}

/**
 * Fetches JSON; throws on anything but a 200 with JSON. A body makes it a POST.
 * Time-outs and credentials are up to the caller that passes it in.
 */
export type FetchJson = (url: string, body?: unknown) => Promise<unknown>;

/** An address as the detectors use it. */
export interface Address {
  /** Where the OpenAI API begins, without a slash at its end. */
  baseUrl: string;
  /** The server's root, where its own API begins. */
  root: string;
  /** Names of the models that are of interest; absent: all. */
  only?: readonly string[];
}

/** No server has more models; a listing of millions of nothings must not hold up a gateway. */
const MOST_ENTRIES = 10_000;

/** The entries of an array field that are objects, the first of very many; empty where there are none. */
export function entries(value: unknown, name: string): Record<string, unknown>[] {
  const list = memberOf(value, name);
  return Array.isArray(list)
    ? list.slice(0, MOST_ENTRIES).filter((entry) => typeof entry === 'object' && entry !== null)
    : [];
}

/** Entries by what they call themselves under one of these names; of several the first. */
export function entriesByName(
  list: readonly Record<string, unknown>[],
  ...names: readonly string[]
): ReadonlyMap<unknown, Record<string, unknown>> {
  const found = new Map<unknown, Record<string, unknown>>();
  for (const entry of list)
    for (const name of names) if (!found.has(entry[name])) found.set(entry[name], entry);
  return found;
}

/** The part of an entry of `chatModels`; empty where nothing of it is known. */
export function told(said: {
  template?: unknown;
  quantization?: unknown;
  weights?: unknown;
}): Pick<ChatModel, 'told'> {
  const name = text(said.quantization).toUpperCase();
  const found: ToldOfModel = defined({
    template: text(said.template) === '' ? undefined : hashContent(said.template),
    quantization: QUANTIZATION.test(name) ? name : undefined,
    weights: said.weights === undefined || said.weights === '' ? undefined : hashContent(said.weights),
  });
  return Object.keys(found).length === 0 ? {} : { told: found };
}

/** It is shown and kept: no server's prose. */
const QUANTIZATION = /^[A-Z0-9][A-Z0-9_.+-]{0,39}$/;

export function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

export function positiveInteger(value: unknown): number | undefined {
  return Number.isSafeInteger(value) && (value as number) > 0 ? (value as number) : undefined;
}
