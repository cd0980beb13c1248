import { calcPrice } from '@pydantic/genai-prices';
import type { ModelConfig, UpstreamConfig } from './schema/schema.ts';

/** Nano-dollars per token: 1 USD per million tokens is 1,000. */
export interface Price {
  input: number;
  output: number;
}

/** What the catalogue knows of a model; what it does not know is absent. */
export interface Catalogued {
  price?: Price;
  contextTokens?: number;
}

/** Digits beyond these are noise of binary fractions: .06 × 1,000 is not 60 by itself. */
function nanoPerToken(usdPerMillion: number): number {
  return Number((usdPerMillion * 1_000).toPrecision(12));
}

/** Some providers charge more for long prompts: the base price is that of the shorter ones. */
function basePrice(price: number | { base: number } | undefined): number | undefined {
  return typeof price === 'object' ? price.base : price;
}

/**
 * Price and context of a provider's model, as the catalogue of genai-prices has them.
 * Nothing for servers that it does not know, whatever the model's name.
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
  return {
    ...(input === undefined || output === undefined
      ? {}
      : { price: { input: nanoPerToken(input), output: nanoPerToken(output) } }),
    ...(contextTokens === undefined ? {} : { contextTokens }),
  };
}

/**
 * A model's price: the configuration's, else the catalogue's. A model on-premises has none unless it is configured:
 * what its machine costs is nobody's to guess, and 0 would be wrong.
 */
export function priceOf(model: ModelConfig, upstream: UpstreamConfig, now: Date): Price | undefined {
  if (model.price !== undefined)
    return { input: nanoPerToken(model.price.input), output: nanoPerToken(model.price.output) };
  return upstream.location === 'cloud' ? catalogued(upstream.baseUrl, model.model, now).price : undefined;
}

/** Prompt and answer together: the configuration's, else what a probe saw, else the catalogue's. */
export function contextOf(
  model: ModelConfig,
  upstream: UpstreamConfig,
  { now, probed }: { now: Date; probed: number | undefined },
): number | undefined {
  const known = model.contextTokens ?? probed;
  if (known !== undefined || upstream.location !== 'cloud') return known;
  return catalogued(upstream.baseUrl, model.model, now).contextTokens;
}
