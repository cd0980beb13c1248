import { z } from 'zod';
import { SIGNALS } from '../../routing/signals/signals.ts';

/** What the gateway itself writes into a call, so that signals, costs and streams stay true. */
const OWN_PARAMETERS: ReadonlySet<string> = new Set([
  'model',
  'messages',
  'stream',
  'stream_options',
  'logprobs',
  'top_logprobs',
  'n',
  'tools',
]);

const parameterName = z
  .string()
  .min(1)
  .refine((name) => !OWN_PARAMETERS.has(name), 'the gateway decides this parameter itself; leave it out');

const priceSchema = z.strictObject({
  input: z.number().min(0).describe('US dollars for a million tokens read.'),
  output: z.number().min(0).describe('US dollars for a million tokens written, reasoning included.'),
});

/** What a model can be asked of its own answers. */
export const paidSignalsSchema = z.array(z.enum(SIGNALS.paid.map(({ name }) => name)));

const PAID_SIGNALS = SIGNALS.paid.map(
  ({ name, needsLogprobs }) => `\`${name}\`${needsLogprobs ? ' (needs log-probabilities)' : ''}`,
);

/** A model at an upstream, under the name that routes and answers use. */
export const modelSchema = z.strictObject({
  upstream: z.string().describe('The upstream that serves it: a name of `upstreams`.'),
  model: z.string().min(1).describe('Its name there, as the server wants it.'),
  price: z
    .exactOptional(priceSchema)
    .describe(
      'Overrides the catalogue. Without either its cost is not known, and is left out rather than shown as 0.',
    ),
  contextTokens: z
    .exactOptional(z.int().min(1))
    .describe(
      'Prompt and answer together; longer prompts skip it. Without it, what a probe or the catalogue says.',
    ),
  maxTokensField: z
    .exactOptional(z.enum(['max_tokens', 'max_completion_tokens']))
    .describe('The name under which it takes the answer’s limit. Without it, the client’s own is sent.'),
  dropParams: z
    .array(parameterName)
    .default([])
    .describe(
      'Parameters that it rejects, such as `temperature`: taken out, and reported in `x-weir-dropped-params`.',
    ),
  params: z
    .record(parameterName, z.json())
    .default({})
    .describe(
      'Parameters it is always asked with, such as `reasoning_effort: low`; they replace the client’s.',
    ),
  logprobs: z
    .exactOptional(z.enum(['stream', 'plain', 'none']))
    .describe(
      'Overrides the probe: log-probabilities come in streams too, only without streaming, or not at all.',
    ),
  paidSignals: z
    .exactOptional(paidSignalsSchema)
    .describe(
      `What it may be asked of its own answer, a further call each: ${PAID_SIGNALS.join(', ')}. Without it nothing.`,
    ),
});
