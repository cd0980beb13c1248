import type { LogFormat } from '../log-format.ts';
import { langfuse } from './langfuse.ts';
import { litellm } from './litellm.ts';
import { openaiBatch, openaiFineTuning, openaiPairs, openaiStored, plainPairs } from './openai.ts';
import { weirTraces } from './weir-traces.ts';

/** The kinds of logs that are read. The first that recognises a record reads it. A new kind is added here. */
export const LOG_FORMATS: readonly LogFormat[] = [
  weirTraces,
  langfuse,
  openaiBatch,
  litellm,
  openaiPairs,
  openaiStored,
  openaiFineTuning,
  plainPairs,
];
