import { calcPrice } from '@pydantic/genai-prices';
import { defined } from '../defined.ts';
import type { ModelConfig, UpstreamConfig } from './schema/schema.ts';

/** Nano-dollars per token: 1 US dollar per million tokens is 1,000. */
export interface Price {
  input: number;
  output: number;
}

/** What the catalogue knows about a model. */
export interface Catalogued {
  price?: Price;
  contextTokens?: number;
}

/** Rounds away the noise of binary fractions: in floating point .06 × 1,000 is not exactly 60. */
function nanoPerToken(usdPerMillion: number): number {
  return Number((usdPerMillion * 1_000).toPrecision(12));
}

/** Some providers charge more for long prompts; the base price is the one for short prompts. */
function basePrice(price: number | { base: number } | undefined): number | undefined {
  return typeof price === 'object' ? price.base : price;
}

/**
 * The price and the context of a provider's model in the genai-prices catalogue.
 * Empty for servers that it does not know, whatever the model's name.
 */
export function catalogued(baseUrl: string, model: string, now: Date): Catalogued {
  const found = calcPrice({ input_tokens: 0, output_tokens: 0 }, model, {
    providerApiUrl: baseUrl,
    timestamp: now,
  });
  if (found === null) return {};
  const input = basePrice(found.model_price.input_mtok);
  const output = basePrice(found.model_price.output_mtok);
  const contextTokens = found.model.context_window;
  return defined({
    price:
      input === undefined || output === undefined
        ? undefined
        : { input: nanoPerToken(input), output: nanoPerToken(output) },
    contextTokens,
  });
}

/**
 * A model's price: the configuration's, or else the catalogue's. An on-premises model has a price only if the configuration
 * sets it: Weir cannot know what its machine costs, and 0 would be wrong.
 */
export function priceOf(model: ModelConfig, upstream: UpstreamConfig, now: Date): Price | undefined {
  if (model.price !== undefined)
    return { input: nanoPerToken(model.price.input), output: nanoPerToken(model.price.output) };
  return upstream.location === 'cloud' ? catalogued(upstream.baseUrl, model.model, now).price : undefined;
}

/** A model's context, prompt and answer together: the configuration's, or else a probe's, or else the catalogue's. */
export function contextOf(
  model: ModelConfig,
  upstream: UpstreamConfig,
  { now, probed }: { now: Date; probed: number | undefined },
): number | undefined {
  const known = model.contextTokens ?? probed;
  if (known !== undefined || upstream.location !== 'cloud') return known;
  return catalogued(upstream.baseUrl, model.model, now).contextTokens;
}
