import { nearest } from '../load/suggest.ts';

/** A provider whose OpenAI-compatible API a ladder may end with, once the user has allowed it. */
export interface CloudProvider {
  name: string;
  title: string;
  variable: string;
  baseUrl: string;
  /** One of its widely available models, written to the file for the user to change. */
  model: string;
}

export const CLOUD_PROVIDERS: readonly CloudProvider[] = [
  {
    name: 'openai',
    title: 'OpenAI',
    variable: 'OPENAI_API_KEY',
    baseUrl: 'https://api.openai.com/v1',
    model: 'gpt-4.1',
  },
  {
    name: 'anthropic',
    title: 'Anthropic',
    variable: 'ANTHROPIC_API_KEY',
    baseUrl: 'https://api.anthropic.com/v1',
    model: 'claude-sonnet-4-5',
  },
  {
    name: 'openrouter',
    title: 'OpenRouter',
    variable: 'OPENROUTER_API_KEY',
    baseUrl: 'https://openrouter.ai/api/v1',
    model: 'openai/gpt-4.1',
  },
  {
    name: 'gemini',
    title: 'Google Gemini',
    variable: 'GEMINI_API_KEY',
    baseUrl: 'https://generativelanguage.googleapis.com/v1beta/openai',
    model: 'gemini-2.5-flash',
  },
];

/** The providers whose API key is set in the environment. The keys themselves are not read. */
export function cloudKeys(environment: Readonly<Record<string, string | undefined>>): CloudProvider[] {
  return CLOUD_PROVIDERS.filter(({ variable }) => (environment[variable] ?? '') !== '');
}

/** Why a provider that the user allowed cannot be used; undefined if it is known and its key is set. */
export function refuseYes(name: string, available: readonly CloudProvider[]): string | undefined {
  if (available.some((provider) => provider.name === name)) return undefined;
  const provider = CLOUD_PROVIDERS.find((known) => known.name === name);
  if (provider !== undefined)
    return `${provider.title} cannot be used, because ${provider.variable} is not set. Set it, or leave out --yes-cloud ${name}.`;
  const names = CLOUD_PROVIDERS.map((known) => known.name);
  const [similar] = nearest(name, names);
  return `There is no cloud provider named '${name}'. ${similar === undefined ? `Use one of: ${names.join(', ')}.` : `Did you mean '${similar}'?`}`;
}
