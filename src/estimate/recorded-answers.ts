import { LOGGED } from './reading/log-format.ts';
import { defined } from '../defined.ts';
import { roughTokens, textOfMessages, tokensOfTools } from '../routing/signals/request-text.ts';
import { traceMessages, type Trace, type TraceAttempt } from '../traces/trace.ts';

/**
 * Which answers of a log are compared with: those of the model that answered most of it, and of several the dearest. @returns their name
 * in the traces; undefined where there is none.
 * @param except names that are not meant: the small model's own.
 */
export function recordedName(traces: readonly Trace[], except: readonly string[]): string | undefined {
  const known = new Map<string, { answers: number; costUsd: number }>();
  for (const { attempts } of traces)
    for (const [name, { answer, costUsd = 0 }] of Object.entries(attempts)) {
      const before = known.get(name) ?? { answers: 0, costUsd: 0 };
      if (answer !== undefined)
        known.set(name, { answers: before.answers + 1, costUsd: before.costUsd + costUsd });
    }
  const most = Math.max(...[...known.values()].map(({ answers }) => answers), 0);
  const [first] = [...known]
    .filter(([name, { answers }]) => !except.includes(name) && answers >= 0.9 * most)
    .toSorted(([, one], [, other]) => other.costUsd / other.answers - one.costUsd / one.answers);
  return first?.[0];
}

/** How the recorded answers' model is called: as the log says, where it has one model's answers. */
export function recordedLabel(traces: readonly Trace[], recorded: string): string {
  const models = new Set(traces.map(({ attempts }) => attempts[recorded]?.source?.model));
  const [model] = models;
  if (recorded !== LOGGED) return recorded;
  return models.size === 1 && model !== undefined ? model : recorded;
}

/** The tokens of a question, roughly and rather too many. */
export function promptTokens(trace: Trace): number {
  const words = textOfMessages(traceMessages(trace)).reduce((sum, text) => sum + roughTokens(text), 0);
  return words + (trace.tools === undefined ? 0 : tokensOfTools(trace.tools));
}

/** An answer with its tokens, counted roughly where nobody said them. */
export function withTokens(trace: Trace, attempt: TraceAttempt): TraceAttempt {
  const calls = (attempt.toolCalls ?? []).map(({ name, arguments: text }) => `${name}${text}`).join('');
  return {
    ...attempt,
    ...defined({
      inputTokens: attempt.inputTokens ?? promptTokens(trace),
      outputTokens: attempt.outputTokens ?? roughTokens(`${attempt.answer ?? ''}${calls}`),
    }),
  };
}

/** The least limit of an answer where the log says none: a model that thinks first needs room. */
const LEAST_LIMIT = 512;

/** The questions with a limit of their answers: as in the log, else twice what was recorded, at least 512 tokens. */
export function limited(traces: readonly Trace[], recorded: string, limit?: number): Trace[] {
  return traces.map((trace) => {
    const tokens = withTokens(trace, trace.attempts[recorded] ?? {}).outputTokens ?? 0;
    const maxTokens = limit ?? trace.maxTokens ?? Math.max(LEAST_LIMIT, 2 * tokens);
    return { ...trace, maxTokens };
  });
}
