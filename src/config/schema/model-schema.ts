import { z } from 'zod';
import { SIGNALS } from '../../routing/signals/signals.ts';

/** The gateway sets these itself, so that signals, costs and streams are right. */
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
  .refine((name) => !OWN_PARAMETERS.has(name), 'the gateway sets this parameter itself; leave it out');

const usdPerMillion = z.number().min(0);

const tokenPrices = {
  input: usdPerMillion.describe('US dollars per million input tokens.'),
  output: usdPerMillion.describe('US dollars per million output tokens, including reasoning.'),
  cachedInput: z
    .exactOptional(usdPerMillion)
    .describe('The same of input that the provider read from its cache. Without it, as other input.'),
  cacheWrite: z
    .exactOptional(usdPerMillion)
    .describe('The same of input that the provider wrote to its cache. Without it, as other input.'),
  cacheWrite1h: z
    .exactOptional(usdPerMillion)
    .describe(
      'The same of what the provider keeps there for an hour. Without it, 1.6 times `cacheWrite`, as Anthropic has it; without both, as other input.',
    ),
  audioInput: z
    .exactOptional(usdPerMillion)
    .describe('The same of sounds. Without it, the cost of a call that has some is not known.'),
  audioOutput: z.exactOptional(usdPerMillion).describe('As `audioInput`, of the output.'),
  imageInput: z
    .exactOptional(usdPerMillion)
    .describe(
      'The same of pictures that the server counts apart from text. Without it, the cost of a call that has some is not known.',
    ),
  imageOutput: z.exactOptional(usdPerMillion).describe('As `imageInput`, of the output.'),
};

const aboveTokens = z
  .int()
  .min(1)
  .describe(
    'What all tokens of a call cost instead where its prompt has more than `above` tokens: a list of prices, each with its `above`.',
  );

const priceSchema = z.strictObject({
  ...tokenPrices,
  longPrompts: z.exactOptional(z.array(z.strictObject({ above: aboveTokens, ...tokenPrices })).min(1)),
});

/** Whether a model can be asked with something; what is left out is found out. */
function supported(what: string): z.ZodExactOptional<z.ZodBoolean> {
  return z
    .exactOptional(z.boolean())
    .describe(
      `Whether the model takes ${what}. With \`false\`, requests that have some skip it; without it, \`weir doctor\` and refusals decide.`,
    );
}

const supportsSchema = z.strictObject({
  tools: supported('tools'),
  images: supported('images'),
  audio: supported('audio'),
  jsonSchema: supported('a JSON Schema for its answer'),
  builtInTools: supported('tools of its provider’s own, such as a search of the web'),
});

/** What a model can be asked about its own answers. */
export const paidSignalsSchema = z.array(z.enum(SIGNALS.paid.map(({ name }) => name)));

const PAID_SIGNALS = SIGNALS.paid.map(
  ({ name, needsLogprobs }) => `\`${name}\`${needsLogprobs ? ' (needs log-probabilities)' : ''}`,
);

/** A model at an upstream, under the name that routes and answers use. */
export const modelSchema = z.strictObject({
  upstream: z.string().describe('The upstream that serves the model: a name in `upstreams`.'),
  model: z.string().min(1).describe('The upstream’s own name for the model.'),
  identity: z
    .exactOptional(z.string().min(1).max(200))
    .describe(
      'Whose answers the model gives, such as `qwen2.5-7b q4_k_m`: a certificate holds only for the identity that it was made for. Without it, the address of the upstream. State it where a server may move, or may serve other weights under the same name.',
    ),
  price: z
    .exactOptional(priceSchema)
    .describe(
      'Overrides the catalogue. If neither has a price, the cost is not known and is left out, not shown as 0.',
    ),
  contextTokens: z
    .exactOptional(z.int().min(1))
    .describe(
      'Context size in tokens, prompt and answer together. Longer prompts skip the model. Without it, a probe or the catalogue decides.',
    ),
  maxOutputTokens: z
    .exactOptional(z.int().min(1))
    .describe(
      'The longest answer, in tokens. Sent where the client sets no limit. In a route, it also lowers a higher limit of the client while a later tier can be asked: an answer that it cuts is `truncated`, and the request goes on.',
    ),
  maxTokensField: z
    .exactOptional(z.enum(['max_tokens', 'max_completion_tokens']))
    .describe(
      'The model’s name for the limit on the answer’s length. Without it, a probe decides; if that found nothing, the client’s name is sent.',
    ),
  dropParams: z
    .array(parameterName)
    .default([])
    .describe(
      'Parameters that the model rejects, such as `temperature`. They are removed and reported in `x-weir-dropped-params`.',
    ),
  params: z
    .record(parameterName, z.json())
    .default({})
    .describe(
      'Parameters to send with every call, such as `reasoning_effort: low`. They replace the client’s.',
    ),
  logprobs: z
    .exactOptional(z.enum(['stream', 'plain', 'none']))
    .describe(
      'Overrides the probe: the model returns log-probabilities in streams too (`stream`), only without streaming (`plain`), or never (`none`).',
    ),
  supports: z
    .exactOptional(supportsSchema)
    .describe('What the model can do, where Weir is not to find it out.'),
  direct: z
    .boolean()
    .default(true)
    .describe(
      'Whether clients may have the model asked first: by its name, by `x-weir-min-tier`, or by tools that only it takes. With `false`, it answers only in routes, after an earlier tier if there is one.',
    ),
  paidSignals: z
    .exactOptional(paidSignalsSchema)
    .describe(
      `What the model may be asked about its own answer, one further call each: ${PAID_SIGNALS.join(', ')}. Without it, nothing.`,
    ),
});
