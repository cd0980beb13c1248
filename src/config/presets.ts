/** A provider whose address and peculiarities are known: what `upstreams.*.preset` names. */
export interface Preset {
  readonly name: string;
  readonly title: string;
  /**
   * Where its API begins; absent where every customer has an address of their own. `{NAME}` stands for a variable of the environment.
   */
  readonly baseUrl?: string;
  /** The variable of the environment that customarily holds its key; absent where it has no keys. */
  readonly variable?: string;
  /** Its credentials may be of other kinds than a key: the dialect says what is missing. */
  readonly credentials?: 'others';
  /** Absent: OpenAI's. */
  readonly dialect?: string;
  /** One of its widely available models, for `weir init`; absent where `init` does not offer the provider. */
  readonly model?: string;
  /** What is so of all its models, for those that do not say. */
  readonly models?: {
    readonly logprobs?: 'none';
    readonly maxTokensField?: 'max_tokens' | 'max_completion_tokens';
    readonly dropParams?: readonly string[];
  };
}

/**
 * Every preset. Sources: the providers' own pages on their OpenAI-compatible APIs. A model is said to give no
 * log-probabilities only where its provider refuses them or says nothing of them; elsewhere it is found out.
 */
export const PRESETS: readonly Preset[] = [
  {
    name: 'openai',
    title: 'OpenAI',
    baseUrl: 'https://api.openai.com/v1',
    variable: 'OPENAI_API_KEY',
    model: 'gpt-4.1',
    models: { maxTokensField: 'max_completion_tokens' },
  },
  {
    name: 'anthropic',
    title: 'Anthropic',
    baseUrl: 'https://api.anthropic.com/v1',
    variable: 'ANTHROPIC_API_KEY',
    dialect: 'anthropic',
    model: 'claude-sonnet-4-5',
    models: { logprobs: 'none' },
  },
  {
    name: 'openrouter',
    title: 'OpenRouter',
    baseUrl: 'https://openrouter.ai/api/v1',
    variable: 'OPENROUTER_API_KEY',
    model: 'openai/gpt-4.1',
  },
  {
    name: 'gemini',
    title: 'Google Gemini',
    baseUrl: 'https://generativelanguage.googleapis.com/v1beta/openai',
    variable: 'GEMINI_API_KEY',
    model: 'gemini-2.5-flash',
    models: { logprobs: 'none' },
  },
  { name: 'azure', title: 'Azure OpenAI', variable: 'AZURE_OPENAI_API_KEY', dialect: 'azure-openai' },
  {
    name: 'mistral',
    title: 'Mistral',
    baseUrl: 'https://api.mistral.ai/v1',
    variable: 'MISTRAL_API_KEY',
    model: 'mistral-large-latest',
    models: { logprobs: 'none', maxTokensField: 'max_tokens' },
  },
  {
    name: 'groq',
    title: 'Groq',
    baseUrl: 'https://api.groq.com/openai/v1',
    variable: 'GROQ_API_KEY',
    model: 'llama-3.3-70b-versatile',
    models: { logprobs: 'none', dropParams: ['logit_bias'] },
  },
  {
    name: 'cohere',
    title: 'Cohere',
    baseUrl: 'https://api.cohere.ai/compatibility/v1',
    variable: 'COHERE_API_KEY',
    model: 'command-a-03-2025',
    models: { logprobs: 'none', maxTokensField: 'max_tokens' },
  },
  {
    name: 'deepseek',
    title: 'DeepSeek',
    baseUrl: 'https://api.deepseek.com/v1',
    variable: 'DEEPSEEK_API_KEY',
    model: 'deepseek-chat',
    models: { maxTokensField: 'max_tokens' },
  },
  {
    name: 'xai',
    title: 'xAI',
    baseUrl: 'https://api.x.ai/v1',
    variable: 'XAI_API_KEY',
    model: 'grok-4',
  },
  {
    name: 'together',
    title: 'Together',
    baseUrl: 'https://api.together.xyz/v1',
    variable: 'TOGETHER_API_KEY',
    model: 'meta-llama/Llama-3.3-70B-Instruct-Turbo',
    models: { maxTokensField: 'max_tokens' },
  },
  {
    name: 'fireworks',
    title: 'Fireworks',
    baseUrl: 'https://api.fireworks.ai/inference/v1',
    variable: 'FIREWORKS_API_KEY',
    model: 'accounts/fireworks/models/llama-v3p3-70b-instruct',
    models: { maxTokensField: 'max_tokens' },
  },
  {
    name: 'cerebras',
    title: 'Cerebras',
    baseUrl: 'https://api.cerebras.ai/v1',
    variable: 'CEREBRAS_API_KEY',
    model: 'llama-3.3-70b',
  },
  {
    name: 'deepinfra',
    title: 'DeepInfra',
    baseUrl: 'https://api.deepinfra.com/v1/openai',
    variable: 'DEEPINFRA_API_KEY',
    model: 'meta-llama/Llama-3.3-70B-Instruct',
    models: { maxTokensField: 'max_tokens' },
  },
  {
    name: 'perplexity',
    title: 'Perplexity',
    baseUrl: 'https://api.perplexity.ai',
    variable: 'PERPLEXITY_API_KEY',
    model: 'sonar',
    models: { logprobs: 'none', maxTokensField: 'max_tokens' },
  },
  {
    name: 'nvidia',
    title: 'NVIDIA',
    baseUrl: 'https://integrate.api.nvidia.com/v1',
    variable: 'NVIDIA_API_KEY',
    model: 'meta/llama-3.3-70b-instruct',
    models: { maxTokensField: 'max_tokens' },
  },
  {
    name: 'huggingface',
    title: 'Hugging Face',
    baseUrl: 'https://router.huggingface.co/v1',
    variable: 'HF_TOKEN',
    model: 'meta-llama/Llama-3.3-70B-Instruct',
  },
  {
    name: 'bedrock',
    title: 'Amazon Bedrock',
    baseUrl: 'https://bedrock-runtime.{AWS_REGION}.amazonaws.com',
    variable: 'AWS_BEARER_TOKEN_BEDROCK',
    credentials: 'others',
    dialect: 'ai-sdk/bedrock',
    models: { logprobs: 'none' },
  },
  {
    name: 'vertex',
    title: 'Google Vertex AI',
    baseUrl:
      'https://{GOOGLE_VERTEX_LOCATION}-aiplatform.googleapis.com/v1beta1/projects/{GOOGLE_VERTEX_PROJECT}/locations/{GOOGLE_VERTEX_LOCATION}/publishers/google',
    variable: 'GOOGLE_VERTEX_API_KEY',
    credentials: 'others',
    dialect: 'ai-sdk/vertex',
    models: { logprobs: 'none' },
  },
  {
    name: 'vertex-anthropic',
    title: 'Claude on Google Vertex AI',
    baseUrl:
      'https://{GOOGLE_VERTEX_LOCATION}-aiplatform.googleapis.com/v1/projects/{GOOGLE_VERTEX_PROJECT}/locations/{GOOGLE_VERTEX_LOCATION}/publishers/anthropic/models',
    credentials: 'others',
    dialect: 'ai-sdk/vertex-anthropic',
    models: { logprobs: 'none' },
  },
  {
    name: 'google',
    title: "Google's Gemini API",
    baseUrl: 'https://generativelanguage.googleapis.com/v1beta',
    variable: 'GOOGLE_GENERATIVE_AI_API_KEY',
    dialect: 'ai-sdk/google',
    models: { logprobs: 'none' },
  },
];

/** @returns undefined where there is none of this name. */
export function presetNamed(name: unknown): Preset | undefined {
  return PRESETS.find((preset) => preset.name === name);
}

/** Places for variables in an address. */
const VARIABLE = /\{(\w+)\}/g;

/** Locations of Vertex AI that are no region, and the hosts that serve them. */
const OTHER_HOSTS: Readonly<Record<string, string>> = {
  'global-aiplatform.googleapis.com': 'aiplatform.googleapis.com',
  'eu-aiplatform.googleapis.com': 'aiplatform.eu.rep.googleapis.com',
  'us-aiplatform.googleapis.com': 'aiplatform.us.rep.googleapis.com',
};

/** A preset's address in this environment, and the variables that are missing for it. */
export function presetAddress(
  { baseUrl }: Preset,
  environment: Readonly<Record<string, string | undefined>>,
): { baseUrl: string | undefined; missing: readonly string[] } {
  const missing = new Set<string>();
  const filled = baseUrl?.replaceAll(VARIABLE, (_, name: string) => {
    const value = environment[name] ?? '';
    if (value === '') missing.add(name);
    return encodeURIComponent(value);
  });
  if (filled === undefined || missing.size > 0) return { baseUrl: undefined, missing: [...missing] };
  const host = filled.split('/')[2] ?? '';
  return { baseUrl: filled.replace(host, OTHER_HOSTS[host] ?? host), missing: [] };
}
