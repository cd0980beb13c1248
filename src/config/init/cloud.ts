import { nearest } from '../load/suggest.ts';

/** A provider whose OpenAI-compatible endpoint a ladder may end with, once a person has said yes. */
export interface CloudProvider {
  name: string;
  title: string;
  variable: string;
  baseUrl: string;
  /** A widely available model of theirs; a line in the written file, to be changed. */
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

/** The providers whose key is in the environment. The keys themselves are not looked at. */
export function cloudKeys(environment: Readonly<Record<string, string | undefined>>): CloudProvider[] {
  return CLOUD_PROVIDERS.filter(({ variable }) => (environment[variable] ?? '') !== '');
}

/** What is wrong with a person's yes; undefined where the provider is known and its key is there. */
export function refuseYes(name: string, available: readonly CloudProvider[]): string | undefined {
  if (available.some((provider) => provider.name === name)) return undefined;
  const provider = CLOUD_PROVIDERS.find((known) => known.name === name);
  if (provider !== undefined)
    return `${provider.variable} is not set, so ${provider.title} cannot be used; set it, or leave out --yes-cloud ${name}`;
  const names = CLOUD_PROVIDERS.map((known) => known.name);
  const [similar] = nearest(name, names);
  return `no cloud provider is named '${name}'; ${similar === undefined ? `there are ${names.join(', ')}` : `did you mean '${similar}'?`}`;
}
