import { isLoopback } from '../schema/listen.ts';

/** Where a server that runs on this machine would answer. */
export interface Place {
  /** The server that usually stands there: who really answers is found out by asking. */
  usual: string;
  /** Where its OpenAI-compatible API begins. */
  baseUrl: string;
}

const USUAL: readonly Place[] = [
  { usual: 'Ollama', baseUrl: 'http://127.0.0.1:11434/v1' },
  { usual: 'LM Studio', baseUrl: 'http://127.0.0.1:1234/v1' },
  { usual: 'vLLM', baseUrl: 'http://127.0.0.1:8000/v1' },
  { usual: "llama.cpp's server", baseUrl: 'http://127.0.0.1:8080/v1' },
];

const ANY_ADDRESS: ReadonlySet<string> = new Set(['0.0.0.0', '[::]', '']);

/**
 * Ollama reads the same variable as server and as client: `HOST`, `HOST:PORT`, `:PORT`, or a URL.
 * Without a port it is 11434, but 80 or 443 where the scheme is written. (ollama/envconfig.Host)
 */
function ollamaUrl(text: string): URL | undefined {
  const value = text.trim().replace(/^["']|["']$/g, '');
  const scheme = /^https?:\/\//i.exec(value)?.[0].toLowerCase();
  const rest = value.slice(scheme?.length ?? 0).replace(/[/?#].*$/s, '');
  const [, host = '', port] = /^(.*?)(?::(\d{1,5}))?$/.exec(rest) ?? [];
  const address = ANY_ADDRESS.has(host) || host === '::' ? '127.0.0.1' : host;
  const candidate = `${scheme ?? 'http://'}${address}${port === undefined ? (scheme === undefined ? ':11434' : '') : `:${port}`}/v1`;
  return URL.canParse(candidate) ? new URL(candidate) : undefined;
}

/** The places to look at on this machine, and sentences about those that are elsewhere and not looked at. */
export function localPlaces(environment: Readonly<Record<string, string | undefined>>): {
  places: Place[];
  notes: string[];
} {
  const setting = environment.OLLAMA_HOST ?? '';
  if (setting.trim() === '') return { places: [...USUAL], notes: [] };
  const url = ollamaUrl(setting);
  if (url === undefined)
    return { places: [...USUAL], notes: ['OLLAMA_HOST is no address; the usual port is looked at instead.'] };
  if (!isLoopback(url.hostname)) {
    const note = `OLLAMA_HOST points at ${url.host}, another machine: it is not asked. Add it to weir.yaml as an upstream to use it.`;
    return { places: [...USUAL], notes: [note] };
  }
  const place = { usual: 'Ollama', baseUrl: `${url.protocol}//${url.host}/v1` };
  const others = USUAL.filter(({ usual, baseUrl }) => usual !== 'Ollama' && baseUrl !== place.baseUrl);
  return { places: [place, ...others], notes: [] };
}
