import { createResolver } from '../../config/resolve.ts';
import { replayEach } from '../../recordings/replay.ts';
import type { RecordedQuestions } from '../../gateway/gateway.ts';
import { demonstrationConfig } from '../common/demonstration.ts';

/** A recorded question, and what the demonstration does with it. */
export interface ExampleQuestion {
  what: string;
  question: string;
}

/** Short enough for one line of a terminal. */
const MAX_CHARACTERS = 70;

/**
 * Two questions to try, found by replaying the demonstration's route: the one that the first model answers correctly with
 * the highest confidence, and one that only the last model answers correctly.
 */
export function exampleQuestions(recordings: Pick<RecordedQuestions, 'traces'>): ExampleQuestion[] {
  const policy = createResolver(demonstrationConfig('.'), { now: new Date() }).routes.get('auto');
  if (policy === undefined) return [];
  const short = recordings.traces(
    (question) => question.length <= MAX_CHARACTERS && /^[^\n']+$/.test(question),
  );
  let accepted: (ExampleQuestion & { confidence: number }) | undefined;
  let escalated: ExampleQuestion | undefined;
  for (const { trace, outcome, score } of replayEach(policy, short)) {
    const tier = policy.tiers[outcome.served?.tier ?? -1]?.name;
    const { prompt: question } = trace;
    if (score !== 1 || tier === undefined || question === undefined) continue;
    const confidence = outcome.judgements.at(-1)?.confidence ?? 0;
    if (outcome.decision === 'accepted' && confidence > (accepted?.confidence ?? 0)) {
      accepted = { what: `accepted: ${tier}'s confidence is high enough`, question, confidence };
    }
    if (outcome.decision === 'escalated' && outcome.served?.tier === policy.tiers.length - 1) {
      escalated ??= { what: `escalated to ${tier}`, question };
    }
  }
  return [accepted, escalated].filter((example) => example !== undefined);
}
