import { createResolver } from '../config/resolve.ts';
import { replayEach } from '../learning/replay.ts';
import type { Trace } from '../traces/trace.ts';
import { demonstrationConfig } from './demonstration.ts';

/** A recorded question, and what the demonstration does with it. */
export interface Example {
  what: string;
  question: string;
}

/** Short enough for a line of a terminal. */
const MAX_CHARACTERS = 90;

/** Two questions to try, found by replaying the demonstration's own route: one that a small model may answer, one that goes on. */
export function exampleQuestions(recordings: readonly Trace[]): Example[] {
  const policy = createResolver(demonstrationConfig('.'), { now: new Date() }).routes.get('auto');
  if (policy === undefined) return [];
  const found: Record<string, Example> = {};
  for (const { trace, outcome, score } of replayEach(policy, recordings)) {
    const { decision, served } = outcome;
    const question = trace.prompt ?? '';
    if (score !== 1 || question.length > MAX_CHARACTERS || question.includes('\n') || served === undefined)
      continue;
    const tier = policy.tiers[served.tier]?.name ?? '';
    if (decision === 'accepted')
      found['accepted'] ??= { what: `accepted: the answer of ${tier} is confident enough`, question };
    if (decision === 'escalated')
      found['escalated'] ??= { what: `escalated: asked on until ${tier} answers`, question };
    if (Object.keys(found).length === 2) break;
  }
  return [found['accepted'], found['escalated']].filter((example) => example !== undefined);
}
