import type { Signals } from '../attempt.ts';
import { measureToken, type ScoredToken } from './measured-token.ts';
import { readRequest, requestSignals } from './request-signals.ts';
import type { RequestText } from './request-text.ts';
import { SIGNALS, type SignalTable } from './signals.ts';
import { createThinkFilter, withoutThinking } from './thinking.ts';

/**
 * The signals of one whole answer. The gateway and replay both read them here, so they agree on a thinking model's answer
 * too. A leading `<think>…</think>` is left out; reasoning that came beside the answer is for the caller to leave out
 * (`tokensOfAnswer`).
 */
export interface AnswerSignals {
  add(token: ScoredToken): void;
  /** @param text `undefined` where it was not recorded; @param outputTokens as the server counted them, thinking included */
  finish(text: string | undefined, outputTokens: number | undefined): Signals;
}

export function createAnswerSignals(table: SignalTable = SIGNALS): AnswerSignals {
  const { ofTokens, ofText, ofOutputTokens } = table === SIGNALS ? READERS : readersOf(table);
  const collectors = ofTokens.map((create) => create());
  const answering = createThinkFilter((token) => {
    const measured = measureToken(token);
    for (const collector of collectors) collector.add(token, measured);
  });
  return {
    add: answering.add,
    finish(text, outputTokens) {
      answering.end();
      const signals: Record<string, number> = {};
      for (const collector of collectors) collector.write(signals);
      const said = text === undefined ? undefined : withoutThinking(text);
      if (said !== undefined) for (const read of ofText) Object.assign(signals, read(said));
      if (outputTokens !== undefined)
        for (const read of ofOutputTokens) Object.assign(signals, read(outputTokens));
      // What was put together name by name is a hash table to the engine, and its copy is not: the decision reads it often.
      return { ...signals };
    },
  };
}

/** The functions that read an answer, by what they read. */
function readersOf({ free }: SignalTable) {
  return {
    ofTokens: free.flatMap(({ ofTokens }) => ofTokens ?? []),
    ofText: free.flatMap(({ ofText }) => ofText ?? []),
    ofOutputTokens: free.flatMap(({ ofOutputTokens }) => ofOutputTokens ?? []),
  };
}

/** Worked out once: every answer is read with them. */
const READERS = readersOf(SIGNALS);

/** What is known of a request before any model is asked, the same in the gateway and in replay. */
export function requestFeatures(
  request: RequestText,
  { free }: SignalTable = SIGNALS,
): Signals & { promptTokens: number } {
  // The length of the prompt is needed for its own sake, whatever signals there are.
  const features = readRequest(request);
  for (const group of free)
    if (group !== requestSignals && group.ofRequest !== undefined)
      Object.assign(features, group.ofRequest(request));
  return features;
}

/** The signals of an answer without those that are read from its text: an answer whose text was not kept has no words. */
export function withoutTextSignals(signals: Signals, { free }: SignalTable = SIGNALS): Signals {
  const left: Record<string, number> = { ...signals };
  for (const { ofText, signals: read } of free)
    if (ofText !== undefined) for (const { name } of read) delete left[name];
  return left;
}
