import type { Dialect } from './dialect.ts';
import { openAiCompatible } from './openai-compatible/openai-compatible.ts';
import { openAiResponsesDialect } from './openai-responses/openai-responses.ts';

/** Every dialect that an upstream can be configured to speak. */
export const DIALECTS: readonly Dialect[] = [openAiCompatible, openAiResponsesDialect];

/** What `upstreams.*.dialect` is where the configuration does not say. */
export const DEFAULT_DIALECT = openAiCompatible.name;
