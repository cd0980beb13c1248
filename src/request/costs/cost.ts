import type { AttemptFailure, Usage } from '../../routing/attempt.ts';
import { billOf, leastBillOf } from '../../routing/billing.ts';
import type { Policy, Tier } from '../../routing/policy.ts';
import { roughTokens } from '../../routing/signals/request-text.ts';
import type { ReadAnswer } from '../../upstream/answer-reader.ts';
import type { RecordedFacts } from '../../upstream/upstream.ts';

/** Tokens and money of one call; what is not known is absent. */
export interface Spent {
  usage?: Usage;
  /** Integer nano-dollars. */
  costNanoUsd?: number;
  /** The most that it can have cost, where the cost is not known and its call failed. */
  worstNanoUsd?: number;
}

/**
 * Tokens and cost of one call, by the server's own count or else an estimate. Nothing is estimated for a recorded call: its
 * tokens at the tier's price, else its recorded cost, as in a replay.
 * @param prompt the text that was sent; called only if its tokens have to be counted.
 */
export async function spendingOf(
  tier: Tier | undefined,
  read: ReadAnswer,
  prompt: () => readonly string[],
  recorded: RecordedFacts | undefined,
): Promise<Spent> {
  const counted = read.usage === undefined ? undefined : { ...read.usage, estimated: false };
  const usage = counted ?? (recorded === undefined ? await estimateUsage(read, prompt()) : undefined);
  const cost = billOf(tier?.price, usage) ?? recorded?.costNanoUsd;
  const spent: Spent = {};
  if (usage !== undefined) spent.usage = usage;
  if (cost !== undefined) spent.costNanoUsd = cost;
  return spent;
}

/** A call that ended before its answer was complete. */
export interface BrokenCall {
  /** What had come of the answer; absent where nothing had. */
  read: ReadAnswer | undefined;
  prompt: () => readonly string[];
  /** It was given up, by a client that left or by the gateway, while the model was at work on it. */
  wasUnderWay: boolean;
}

const NOTHING_READ: Pick<ReadAnswer, 'view' | 'reasoning'> = {
  view: { text: '', toolCalls: [] },
  reasoning: '',
};

/**
 * What a broken call cost: by what the server had said of its usage; else, where it was given up, at least its prompt and what
 * had come, as an estimate. Nothing is known of a call that the server itself broke off without a word of it.
 */
export async function spentBefore(
  tier: Tier | undefined,
  { read, prompt, wasUnderWay }: BrokenCall,
): Promise<Spent> {
  const counted = read?.usage === undefined ? undefined : await countedBefore(read, read.usage);
  const usage = counted ?? (wasUnderWay ? await estimateUsage(read ?? NOTHING_READ, prompt()) : undefined);
  if (usage === undefined) return {};
  const cost = billOf(tier?.price, usage);
  return cost === undefined ? { usage } : { usage, costNanoUsd: cost };
}

/** A server that counts at the beginning has counted next to nothing of the answer: what has come counts at least. */
async function countedBefore(read: ReadAnswer, counted: NonNullable<ReadAnswer['usage']>): Promise<Usage> {
  if (read.view.finishReason !== undefined) return { ...counted, estimated: false };
  const { outputTokens } = await estimateUsage(read, []);
  return outputTokens > counted.outputTokens
    ? { ...counted, outputTokens, estimated: true }
    : { ...counted, estimated: false };
}

async function estimateUsage(
  read: Pick<ReadAnswer, 'view' | 'reasoning'>,
  prompt: readonly string[],
): Promise<Usage> {
  const calls = read.view.toolCalls.map((call) => call.name + call.arguments).join('');
  return {
    inputTokens: await countTokens(prompt.join('\n')),
    outputTokens: await countTokens(read.reasoning + (read.view.text ?? '') + calls),
    estimated: true,
  };
}

/** Longer texts are counted roughly: a tokenizer would hold up every other request. */
const MAX_CHARACTERS = 20_000;

/**
 * Tokens of a text by OpenAI's o200k tokenizer, for upstreams that report no usage. The tokenizer is loaded when the
 * first such upstream answers: its tables take tens of megabytes.
 */
async function countTokens(text: string): Promise<number> {
  if (text === '') return 0;
  if (text.length > MAX_CHARACTERS) return roughTokens(text);
  const { countTokens: count } = await import('gpt-tokenizer');
  // Special tokens in a text are text here.
  return count(text, { allowedSpecial: new Set(), disallowedSpecial: new Set() });
}

/** The total cost of calls; `undefined` if the cost of one is not known. */
export function totalCost(calls: readonly { costNanoUsd?: number }[]): number | undefined {
  let total = 0;
  for (const { costNanoUsd } of calls) {
    if (costNanoUsd === undefined) return undefined;
    total += costNanoUsd;
  }
  return total;
}

/** The sum of the known costs: what a budget counts. */
export function knownCost(calls: readonly { costNanoUsd?: number }[]): number {
  return calls.reduce((sum, { costNanoUsd = 0 }) => sum + costNanoUsd, 0);
}

/** The least that calls cost; `undefined` if none is known to have cost anything. */
export function leastCost(calls: readonly { costNanoUsd?: number }[]): number | undefined {
  const known = knownCost(calls);
  return totalCost(calls) ?? (known > 0 ? known : undefined);
}

/** What the last tier alone would have cost, in nano-dollars. */
export interface Baseline {
  nanoUsd: number;
  /** The last tier answered, and this is what that cost. */
  measured: boolean;
  /** The least that it can have been, where nothing is said of the request's cache reads; absent where `nanoUsd` is all there is to say. */
  leastNanoUsd?: number;
}

/**
 * What the last tier would have cost for this request: measured if it answered, else its price for the tokens of the served
 * answer, with the same cache reads. If the server that answered says nothing of a cache, the last tier's may have had the
 * whole prompt, or nothing of it.
 */
export function baselineOf(
  policy: Policy,
  attempts: readonly { tier: number; costNanoUsd?: number; failure?: AttemptFailure }[],
  served: { usage?: Usage } | undefined,
): Baseline | undefined {
  const last = policy.tiers.length - 1;
  const measured = attempts.find(
    ({ tier, costNanoUsd, failure }) => tier === last && costNanoUsd !== undefined && failure === undefined,
  )?.costNanoUsd;
  if (measured !== undefined) return { nanoUsd: measured, measured: true };
  const price = policy.tiers[last]?.price;
  const estimate = billOf(price, served?.usage);
  if (estimate === undefined) return undefined;
  const least = leastBillOf(price, served?.usage);
  return least === undefined
    ? { nanoUsd: estimate, measured: false }
    : { nanoUsd: estimate, measured: false, leastNanoUsd: least };
}
