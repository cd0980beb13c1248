import { isLoopback } from '../../upstream/transport/loopback.ts';

/** An address at which a model server of this machine may answer. */
export interface LocalAddress {
  /** The server that usually listens there. Only asking tells which one really does. */
  usual: string;
  /** Where its OpenAI-compatible API begins. */
  baseUrl: string;
}

const USUAL: readonly LocalAddress[] = [
  { usual: 'Ollama', baseUrl: 'http://127.0.0.1:11434/v1' },
  { usual: 'LM Studio', baseUrl: 'http://127.0.0.1:1234/v1' },
  { usual: 'vLLM', baseUrl: 'http://127.0.0.1:8000/v1' },
  { usual: "llama.cpp's server", baseUrl: 'http://127.0.0.1:8080/v1' },
];

const ANY_ADDRESS: ReadonlySet<string> = new Set(['0.0.0.0', '[::]', '']);

/**
 * Ollama reads the same variable as server and as client: `HOST`, `HOST:PORT`, `:PORT`, or a URL.
 * The default port is 11434, or 80 or 443 if the text has a scheme. (ollama/envconfig.Host)
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

/** The addresses to try on this machine, and sentences about addresses that are not tried. */
export function localAddresses(environment: Readonly<Record<string, string | undefined>>): {
  addresses: LocalAddress[];
  notes: string[];
} {
  const setting = environment.OLLAMA_HOST ?? '';
  if (setting.trim() === '') return { addresses: [...USUAL], notes: [] };
  const url = ollamaUrl(setting);
  if (url === undefined)
    return {
      addresses: [...USUAL],
      notes: ['OLLAMA_HOST is not a valid address, so Weir tries the usual port of Ollama.'],
    };
  if (!isLoopback(url.hostname)) {
    const note = `OLLAMA_HOST names another machine, ${url.host}, which Weir does not contact by itself. To use it, add it to weir.yaml as an upstream.`;
    return { addresses: [...USUAL], notes: [note] };
  }
  const configured = { usual: 'Ollama', baseUrl: `${url.protocol}//${url.host}/v1` };
  const others = USUAL.filter(({ usual, baseUrl }) => usual !== 'Ollama' && baseUrl !== configured.baseUrl);
  return { addresses: [configured, ...others], notes: [] };
}
