import type { PaidReply, PaidSignal } from './signal.ts';
import { withoutThinking } from './thinking.ts';

/** The confidence that a model states in words. */
export const verbalized: PaidSignal = {
  name: 'verbalized',
  range: [0, 1],
  unit: 'probability',
  meaning: 'How likely the model says its answer is correct, when it is asked for a number from 0 to 100.',
  question:
    'How likely is it that the answer above is correct? Reply with a whole number from 0 to 100, and nothing else.',
  maxTokens: 16,
  needsLogprobs: false,
  read: statedConfidence,
  replyOf: (confidence) => ({ content: String(Math.round(confidence * 100)) }),
};

/** A number from 0 to 100 and no other, as 0..1. A fraction at or under 1 could mean either scale, and so means nothing. */
function statedConfidence({ text, finishReason }: PaidReply): number | undefined {
  const said = withoutThinking(text).replace(/(?:\/|out of|of)\s*100\b/i, '');
  const numbers = [...said.matchAll(/-?\d+(?:\.\d+)?/g)];
  const [found] = numbers;
  if (found === undefined || numbers.length > 1) return undefined;
  const cutOff = finishReason === 'length' && found.index + found[0].length === said.length;
  const value = Number(found[0]);
  if (cutOff || value < 0 || value > 100 || (found[0].includes('.') && value <= 1)) return undefined;
  return value / 100;
}
