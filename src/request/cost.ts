import type { Usage } from '../routing/attempt.ts';
import type { Tier } from '../routing/policy.ts';
import type { RecordedFacts } from '../upstream/upstream.ts';
import type { ReadAnswer } from '../upstream/answer-reader.ts';
import { countTokens } from './count-tokens.ts';
import { costOf } from './money.ts';

/** Tokens and money of one call; what is not known is absent. */
export interface Spent {
  usage?: Usage;
  /** Integer nano-dollars. */
  costNanoUsd?: number;
}

/**
 * What a call came to: by the server's own count, else by ours. Of a recorded call nothing is estimated: what its tokens
 * cost at the tier's price, else what the recording says it cost, as replay has it.
 * @param prompt what was sent, as text: asked for only where it has to be counted.
 */
export async function spentOn(
  tier: Tier | undefined,
  read: ReadAnswer,
  prompt: () => readonly string[],
  recorded: RecordedFacts | undefined,
): Promise<Spent> {
  const counted = read.usage === undefined ? undefined : { ...read.usage, estimated: false };
  const usage = counted ?? (recorded === undefined ? await estimate(read, prompt()) : undefined);
  const cost = costOf(tier, usage) ?? recorded?.costNanoUsd;
  const spent: Spent = {};
  if (usage !== undefined) spent.usage = usage;
  if (cost !== undefined) spent.costNanoUsd = cost;
  return spent;
}

async function estimate(read: ReadAnswer, prompt: readonly string[]): Promise<Usage> {
  const calls = read.view.toolCalls.map((call) => call.name + call.arguments).join('');
  return {
    inputTokens: await countTokens(prompt.join('\n')),
    outputTokens: await countTokens(read.reasoning + (read.view.text ?? '') + calls),
    estimated: true,
  };
}
