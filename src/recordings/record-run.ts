import type { Trace, TraceAttempt } from '../traces/trace.ts';
import type { JournalEntry } from './journal.ts';
import { questionHash, rescore, withEarlier } from './question.ts';
import { lackingSignals, questionBody, toTraceAttempt, withPaidSignals, type RecordTier } from './record.ts';

export interface RecordRun {
  questions: readonly Trace[];
  tiers: readonly RecordTier[];
  /** How many questions one tier is asked at the same time. */
  concurrency: number;
  journal: { readonly entries: readonly JournalEntry[]; append(entry: JournalEntry): Promise<void> };
  /** Ends the run: answers under way are given up, and what was recorded so far is returned. */
  signal: AbortSignal;
  /** Called at the start and after every answer. */
  progress?(done: number, total: number): void;
}

export interface RecordFailure {
  id: string;
  tier: string;
  message: string;
}

export interface Recording {
  traces: Trace[];
  /** New answers. */
  asked: number;
  /** New paid signals, and paid signals that were asked for but could not be read from the reply. */
  paid: number;
  unread: number;
  failures: RecordFailure[];
}

/** After this many failures in a row a tier is not asked again: its server is gone. */
const GIVE_UP_AFTER = 5;

/**
 * Asks every tier the questions that it has not answered yet, and for the paid signals that its answers lack. Each tier has
 * a queue of its own; all tiers work at the same time. Every answer is written to the journal before it counts; what the
 * journal has already is not asked again.
 */
export async function recordRun({
  questions,
  tiers,
  concurrency,
  journal,
  signal,
  progress,
}: RecordRun): Promise<Recording> {
  const traces = withJournal(questions, journal.entries);
  const failures: RecordFailure[] = [];
  const queues = tiers.map((tier) => ({
    tier,
    waiting: traces.filter(({ attempts }) => {
      const attempt = attempts[tier.name];
      return attempt === undefined || lackingSignals(tier, attempt).length > 0;
    }),
    failedInARow: 0,
  }));
  const total = queues.reduce((sum, { waiting }) => sum + waiting.length, 0);
  let [asked, paid, unread] = [0, 0, 0];
  let done = 0;
  progress?.(done, total);

  async function keep(trace: Trace, tier: RecordTier, attempt: TraceAttempt): Promise<void> {
    await journal.append({ id: trace.id, question: questionHash(trace), tier: tier.name, attempt });
    trace.attempts[tier.name] = attempt;
  }

  async function complete(trace: Trace, tier: RecordTier): Promise<void> {
    let attempt = trace.attempts[tier.name];
    if (attempt === undefined) {
      attempt = await ask(trace, tier, signal);
      await keep(trace, tier, attempt);
      asked += 1;
    }
    const lacking = lackingSignals(tier, attempt);
    if (lacking.length === 0) return;
    const looked = await withPaidSignals(trace, tier, attempt, lacking, signal);
    const missing = lackingSignals(tier, looked).length;
    if (looked !== attempt) await keep(trace, tier, looked);
    paid += lacking.length - missing;
    unread += missing;
  }

  async function work(queue: (typeof queues)[number]): Promise<void> {
    const { tier, waiting } = queue;
    for (let trace = waiting.shift(); trace !== undefined && !signal.aborted; trace = waiting.shift()) {
      if (queue.failedInARow >= GIVE_UP_AFTER) {
        failures.push({
          id: trace.id,
          tier: tier.name,
          message: `not asked: ${tier.name} failed ${GIVE_UP_AFTER} times in a row`,
        });
        continue;
      }
      try {
        await complete(trace, tier);
        queue.failedInARow = 0;
      } catch (error) {
        if (signal.aborted) return;
        queue.failedInARow += 1;
        failures.push({ id: trace.id, tier: tier.name, message: (error as Error).message });
      }
      done += 1;
      progress?.(done, total);
    }
  }
  await Promise.all(queues.flatMap((queue) => Array.from({ length: concurrency }, () => work(queue))));
  return { traces, asked, paid, unread, failures };
}

async function ask(trace: Trace, tier: RecordTier, signal: AbortSignal): Promise<TraceAttempt> {
  return toTraceAttempt(trace, tier, await tier.ask(questionBody(trace), signal));
}

/** Copies of the questions with their attempts in the journal, scored by the current checker. */
function withJournal(questions: readonly Trace[], entries: readonly JournalEntry[]): Trace[] {
  const traces = withEarlier(questions, []);
  const byId = new Map(traces.map((trace) => [trace.id, trace]));
  for (const { id, question, tier, attempt } of entries) {
    const trace = byId.get(id);
    if (trace !== undefined && questionHash(trace) === question)
      trace.attempts[tier] = rescore(trace, attempt);
  }
  return traces;
}
