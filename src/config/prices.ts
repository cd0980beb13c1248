import { calcPrice } from '@pydantic/genai-prices';
import { defined } from '../defined.ts';
import type { Price, TokenPrices } from '../routing/billing.ts';
import type { ModelConfig, UpstreamConfig } from './schema/schema.ts';

/** What the catalogue knows about a model. */
export interface Catalogued {
  price?: Price;
  contextTokens?: number;
}

/** Rounds away the noise of binary fractions: in floating point .06 × 1,000 is not exactly 60. */
function nanoPerToken(usdPerMillion: number): number {
  return Number((usdPerMillion * 1_000).toPrecision(12));
}

/** A price of the catalogue: one number, or more from a length of the prompt on. */
type CataloguePrice =
  | number
  | { base: number; tiers: readonly { start: number; price: number }[] }
  | undefined;

/** The catalogue's names of the kinds of tokens. */
const KINDS = {
  input: 'input_mtok',
  output: 'output_mtok',
  cachedInput: 'cache_read_mtok',
  cacheWrite: 'cache_write_mtok',
  cacheWrite1h: 'cache_write_1h_mtok',
  audioInput: 'input_audio_mtok',
  audioOutput: 'output_audio_mtok',
  imageInput: 'input_image_mtok',
  imageOutput: 'output_image_mtok',
} as const satisfies Record<keyof TokenPrices, string>;

type Kinds = Readonly<Record<keyof TokenPrices, CataloguePrice>>;

/** What prompts of more than so many tokens cost; at 0 what short ones do. */
function pricesAbove(kinds: Kinds, above: number): TokenPrices | undefined {
  const at = (price: CataloguePrice): number | undefined => {
    if (typeof price !== 'object') return price;
    return price.tiers.findLast(({ start }) => start <= above)?.price ?? price.base;
  };
  return pricesOf({
    input: at(kinds.input),
    output: at(kinds.output),
    cachedInput: at(kinds.cachedInput),
    cacheWrite: at(kinds.cacheWrite),
    cacheWrite1h: at(kinds.cacheWrite1h),
    audioInput: at(kinds.audioInput),
    audioOutput: at(kinds.audioOutput),
    imageInput: at(kinds.imageInput),
    imageOutput: at(kinds.imageOutput),
  });
}

/** US dollars per million tokens as nano-dollars per token. */
function pricesOf(usd: { [Kind in keyof TokenPrices]?: number | undefined }): TokenPrices | undefined {
  const nano = (price: number | undefined): number | undefined =>
    price === undefined ? undefined : nanoPerToken(price);
  const [input, output] = [nano(usd.input), nano(usd.output)];
  if (input === undefined || output === undefined) return undefined;
  return defined({
    input,
    output,
    cachedInput: nano(usd.cachedInput),
    cacheWrite: nano(usd.cacheWrite),
    cacheWrite1h: nano(usd.cacheWrite1h),
    audioInput: nano(usd.audioInput),
    audioOutput: nano(usd.audioOutput),
    imageInput: nano(usd.imageInput),
    imageOutput: nano(usd.imageOutput),
  });
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
  const contextTokens = found.model.context_window;
  return defined({ price: cataloguePrice(found.model_price, model), contextTokens });
}

/** Models whose answers have no tokens: the catalogue gives them a price of their input alone. */
const ANSWERS_IN_NUMBERS = /embed|rerank|\bbge\b|\bvoyage\b/i;

function cataloguePrice(listed: Readonly<Record<string, CataloguePrice>>, model: string): Price | undefined {
  const output = listed[KINDS.output] ?? (ANSWERS_IN_NUMBERS.test(model) ? 0 : undefined);
  const kinds = {
    ...Object.fromEntries(Object.entries(KINDS).map(([kind, name]) => [kind, listed[name]])),
    output,
    // Every kind is there, perhaps as undefined.
  } as Kinds;
  const short = pricesAbove(kinds, 0);
  if (short === undefined) return undefined;
  const starts = Object.values(kinds).flatMap((price) =>
    typeof price === 'object' ? price.tiers.map(({ start }) => start) : [],
  );
  const longPrompts = [...new Set(starts)]
    .toSorted((a, b) => a - b)
    .flatMap((above) => {
      const prices = pricesAbove(kinds, above);
      return prices === undefined ? [] : [{ above, ...prices }];
    });
  return longPrompts.length === 0 ? short : { ...short, longPrompts };
}

/**
 * A model's price: the configuration's, or else the catalogue's. An on-premises model has a price only if the configuration
 * sets it: Weir cannot know what its machine costs, and 0 would be wrong.
 */
export function priceOf(model: ModelConfig, upstream: UpstreamConfig, now: Date): Price | undefined {
  if (model.price !== undefined) {
    const { longPrompts, ...short } = model.price;
    const prices = pricesOf(short);
    const long = longPrompts
      ?.toSorted((a, b) => a.above - b.above)
      .flatMap(({ above, ...usd }) => {
        const some = pricesOf(usd);
        return some === undefined ? [] : [{ above, ...some }];
      });
    return prices === undefined || long === undefined ? prices : { ...prices, longPrompts: long };
  }
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
