import type { OtherKind, Usage } from './attempt.ts';

/** Nano-dollars per token: 1 US dollar per million tokens is 1,000. */
export interface TokenPrices {
  input: number;
  output: number;
  /** Of input that the provider read from its cache, and of input that it wrote there; absent: as other input. */
  cachedInput?: number;
  cacheWrite?: number;
  /** Of what is kept there for an hour; absent: 1.6 times `cacheWrite`, else as other input. */
  cacheWrite1h?: number;
  /** Of sound and pictures; absent: not known. */
  audioInput?: number;
  audioOutput?: number;
  imageInput?: number;
  imageOutput?: number;
}

/** What a model's tokens cost. */
export interface Price extends TokenPrices {
  /** What all tokens of a call cost instead where its prompt has more than so many, the fewest first; absent: nothing else. */
  longPrompts?: readonly (TokenPrices & { above: number })[];
}

const OTHER_KINDS: readonly OtherKind[] = ['audioInput', 'audioOutput', 'imageInput', 'imageOutput'];

/** The tokens of a call as far as its bill depends on them. */
export type BilledTokens = Pick<
  Usage,
  | 'inputTokens'
  | 'outputTokens'
  | 'cachedInputTokens'
  | 'cacheWriteTokens'
  | 'cacheWriteHourTokens'
  | 'otherTokens'
>;

/** The parts of a usage beside its two sums, where they are known. */
export function usageParts(
  usage: Partial<Omit<Usage, 'estimated'>>,
): Pick<
  Usage,
  'reasoningTokens' | 'cachedInputTokens' | 'cacheWriteTokens' | 'cacheWriteHourTokens' | 'otherTokens'
> {
  const parts: ReturnType<typeof usageParts> = {};
  if (usage.reasoningTokens !== undefined) parts.reasoningTokens = usage.reasoningTokens;
  if (usage.cachedInputTokens !== undefined) parts.cachedInputTokens = usage.cachedInputTokens;
  if (usage.cacheWriteTokens !== undefined) parts.cacheWriteTokens = usage.cacheWriteTokens;
  if (usage.cacheWriteHourTokens !== undefined) parts.cacheWriteHourTokens = usage.cacheWriteHourTokens;
  if (usage.otherTokens !== undefined) parts.otherTokens = usage.otherTokens;
  return parts;
}

/**
 * Anthropic alone says what it keeps for an hour. It bills that at twice its input price, and what it keeps for five minutes at
 * one and a quarter of it.
 */
const HOUR_RATIO = 1.6;

/** What an hour's writes cost more than as many other writes. */
function hourExtra(
  prices: TokenPrices,
  { cacheWriteHourTokens: hour = 0, cacheWriteTokens: written = 0 }: BilledTokens,
): number {
  const { input, cacheWrite = input, cacheWrite1h } = prices;
  // Without a price for writes, all of them are billed as other input.
  const each = cacheWrite1h ?? (prices.cacheWrite === undefined ? cacheWrite : cacheWrite * HOUR_RATIO);
  return Math.min(hour, written) * (each - cacheWrite);
}

/** What a call costs, in whole nano-dollars; `undefined` where it has tokens of a kind whose price is not known. */
export function billOf(price: Price | undefined, tokens: BilledTokens | undefined): number | undefined {
  if (price === undefined || tokens === undefined) return undefined;
  const { inputTokens, outputTokens, cachedInputTokens: read = 0, cacheWriteTokens: written = 0 } = tokens;
  const prices = price.longPrompts === undefined ? price : pricesFor(price, inputTokens);
  const { input, output, cachedInput = input, cacheWrite = input } = prices;
  let cost = read * cachedInput + written * cacheWrite;
  if (tokens.cacheWriteHourTokens !== undefined) cost += hourExtra(prices, tokens);
  let plainInput = inputTokens - read - written;
  let plainOutput = outputTokens;
  if (tokens.otherTokens !== undefined) {
    for (const kind of OTHER_KINDS) {
      const count = tokens.otherTokens[kind] ?? 0;
      if (count === 0) continue;
      const each = prices[kind];
      if (each === undefined) return undefined;
      cost += count * each;
      if (kind === 'audioInput' || kind === 'imageInput') plainInput -= count;
      else plainOutput -= count;
    }
    // Sounds that were read from the cache are in two kinds: what they cost cannot be told.
    if (plainInput < 0 || plainOutput < 0) return undefined;
  }
  return Math.round(cost + plainInput * input + plainOutput * output);
}

function pricesFor(price: Price, inputTokens: number): TokenPrices {
  return price.longPrompts?.findLast(({ above }) => inputTokens > above) ?? price;
}

/** No provider keeps shorter prompts in its cache. */
const LEAST_CACHED_TOKENS = 64;

/**
 * The least that a call of these tokens can have cost where nothing is said of a cache: all of its prompt was read from it.
 * `undefined` where that changes nothing, or something is said.
 */
export function leastBillOf(price: Price | undefined, tokens: BilledTokens | undefined): number | undefined {
  if (price === undefined || tokens === undefined || tokens.cachedInputTokens !== undefined) return undefined;
  if (tokens.inputTokens < LEAST_CACHED_TOKENS) return undefined;
  const { input, cachedInput = input } = pricesFor(price, tokens.inputTokens);
  if (cachedInput >= input) return undefined;
  const { audioInput = 0, imageInput = 0 } = tokens.otherTokens ?? {};
  const cachedInputTokens = Math.max(0, tokens.inputTokens - audioInput - imageInput);
  return billOf(price, { ...tokens, cachedInputTokens, cacheWriteTokens: 0, cacheWriteHourTokens: 0 });
}

/** The most that a call can cost that has at most so many tokens: nothing of it is cached, and all of it is of the dearest kind. */
export function worstBillOf(
  price: Price | undefined,
  { inputTokens, outputTokens }: { inputTokens: number; outputTokens: number },
): number | undefined {
  if (price === undefined) return undefined;
  const { input, output, cacheWrite = input, cacheWrite1h = 0 } = pricesFor(price, inputTokens);
  return Math.ceil(inputTokens * Math.max(input, cacheWrite, cacheWrite1h) + outputTokens * output);
}
