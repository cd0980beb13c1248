import { AI_SDK_DIALECTS } from './ai-sdk/ai-sdk.ts';
import { anthropic } from './anthropic/anthropic.ts';
import type { Dialect } from './dialect.ts';
import { azureOpenAi } from './openai-compatible/azure-openai.ts';
import { openAiCompatible } from './openai-compatible/openai-compatible.ts';
import { openAiResponsesDialect } from './openai-responses/openai-responses.ts';

/** Every dialect that an upstream can be configured to speak. */
export const DIALECTS: readonly Dialect[] = [
  openAiCompatible,
  openAiResponsesDialect,
  azureOpenAi,
  anthropic,
  ...AI_SDK_DIALECTS,
];

/** What `upstreams.*.dialect` is where the configuration does not say. */
export const DEFAULT_DIALECT = openAiCompatible.name;
