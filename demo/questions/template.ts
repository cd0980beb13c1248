import type { Check } from '../../src/traces/check.ts';
import type { Random } from './random.ts';

/** A question before it has an id and a split. */
export interface Draft {
  prompt: string;
  reference: string;
  check: Check;
  /** The passage it shares with other questions; without one it stands alone. */
  passage?: string;
}

/** A question in the making: called with a seeded source, it gives a new instance each time. */
export type Template = (random: Random) => Draft;

/** A group of generated questions: each template is drawn `perTemplate` times. */
export interface GeneratedGroup {
  group: string;
  perTemplate: number;
  templates: Record<string, Template>;
  system?: string;
  maxTokens?: number;
}

/** A group of hand-written questions; a family plays the part of a template. */
export interface WrittenGroup {
  group: string;
  families: Record<string, Draft[]>;
}

export const number = (prompt: string, value: number): Draft => ({
  prompt,
  reference: String(Number(value.toFixed(6))),
  check: 'number',
});
/** `alternatives` are other spellings that are just as right. */
export const exact = (prompt: string, ...alternatives: string[]): Draft => ({
  prompt,
  reference: alternatives.join(' | '),
  check: 'exact',
});
/** The label of one of the options that the prompt names. */
export const choice = (prompt: string, ...alternatives: string[]): Draft => ({
  prompt,
  reference: alternatives.join(' | '),
  check: 'choice',
});
/** `reference` is an ISO date. */
export const date = (prompt: string, reference: string): Draft => ({ prompt, reference, check: 'date' });
export const set = (prompt: string, items: readonly string[]): Draft => ({
  prompt,
  reference: items.join(', '),
  check: 'set',
});
