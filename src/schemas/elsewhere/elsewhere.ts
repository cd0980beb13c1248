import { createAllowances } from './allowances.ts';
import { createByteLru } from '../byte-lru.ts';
import { DOES_NOT_FIT, FITS, notJudged, type SchemaJudgement } from '../judgement.ts';
import { createJudgingChild, type JudgingChild } from './judging-child.ts';
import type { SchemaAnswer, SchemaQuestion } from './messages.ts';
import { createWaiting, type WaitingJob } from './waiting.ts';

export interface ElsewhereOptions {
  deadlineMs: number;
  /** What waits longer is not judged. */
  maxWaitMs: number;
  heapMegabytes: number;
  /** For each key. */
  msPerMinute: number;
  maxWaiting: number;
  maxWaitingBytes: number;
  /** Texts of the schemas that the process keeps, in UTF-16 code units; read, each takes about forty times as much. */
  maxKnownText: number;
  now: () => number;
}

export interface ElsewhereQuestion {
  /** Whose time it takes. */
  key: string;
  /** Names the schema: equal for equal texts only. */
  schemaKey: string;
  schemaLength: number;
  /** Written only where the process does not have it. */
  schemaText: () => string;
  valueText: string;
  /** A schema that was judged by before goes before one that is new. */
  isKnown: boolean;
}

export interface Elsewhere {
  judge(question: ElsewhereQuestion): SchemaJudgement | Promise<SchemaJudgement>;
  close(): void;
  readonly child: Pick<JudgingChild, 'pid' | 'started' | 'died'>;
  readonly waiting: number;
}

interface Job extends WaitingJob, ElsewhereQuestion {
  settle: (judgement: SchemaJudgement) => void;
  isWaiting: boolean;
  timer?: NodeJS.Timeout;
}

const JOB_BYTES = 1_000;

/** Judges in a process of its own, one question after the other. */
export function createElsewhere(options: ElsewhereOptions): Elsewhere {
  const { now } = options;
  const allowances = createAllowances(options.msPerMinute, now);
  const waiting = createWaiting<Job>(options.maxWaiting, options.maxWaitingBytes);
  let dropped: number[] = [];
  let nextId = 0;
  /** What the process has: the same list is kept there, and only changes here. */
  const known = createByteLru<number>(options.maxKnownText, (id) => dropped.push(id));

  const child = createJudgingChild({
    deadlineMs: options.deadlineMs,
    heapMegabytes: options.heapMegabytes,
    onFree: askNext,
    onEnded() {
      known.clear();
      dropped = [];
      // Where nothing waits, the next question starts another: a process that dies at once is not started over and over.
      if (waiting.size > 0 && !child.start()) refuseAll();
    },
  });

  function refuseAll(): void {
    for (let job = waiting.take(); job !== undefined; job = waiting.take()) {
      settle(job, notJudged('unavailable'));
    }
  }

  function settle(job: Job, judgement: SchemaJudgement): void {
    job.isWaiting = false;
    clearTimeout(job.timer);
    job.settle(judgement);
  }

  function giveUp(job: Job): void {
    waiting.remove(job);
    settle(job, notJudged('overloaded'));
  }

  function askNext(): void {
    while (child.isFree) {
      const job = waiting.take();
      if (job === undefined) return;
      if (allowances.hasTime(job.key)) ask(job);
      else settle(job, notJudged('allowance_spent'));
    }
  }

  function ask(job: Job): void {
    job.isWaiting = false;
    clearTimeout(job.timer);
    let question;
    try {
      question = questionOf(job);
    } catch {
      // What was parsed can always be written; this is called from where nobody catches.
      settle(job, notJudged('unavailable'));
      return;
    }
    const asked = now();
    child.ask(question, (answer) => {
      // Starting another process costs everybody's time.
      const least = answer === 'died' ? options.deadlineMs : 0;
      allowances.charge(job.key, Math.max(least, now() - asked));
      settle(job, judgementOf(answer));
    });
  }

  function questionOf({ schemaKey, schemaLength, schemaText, valueText }: Job): SchemaQuestion {
    const id = known.get(schemaKey);
    const question: SchemaQuestion = { id: id ?? nextId++, value: valueText };
    if (id === undefined) {
      question.schema = schemaText();
      known.set(schemaKey, question.id, schemaLength);
    }
    if (dropped.length > 0) {
      question.drop = dropped;
      dropped = [];
    }
    return question;
  }

  return {
    judge(question) {
      if (!allowances.hasTime(question.key)) return notJudged('allowance_spent');
      if (!child.start()) return notJudged('unavailable');
      const { promise, resolve } = Promise.withResolvers<SchemaJudgement>();
      // The schema is part of a request that is under way in any case.
      const bytes = JOB_BYTES + 2 * question.valueText.length;
      const job: Job = { ...question, bytes, settle: resolve, isWaiting: true };
      if (!waiting.add(job)) return notJudged('overloaded');
      askNext();
      if (job.isWaiting) job.timer = setTimeout(() => giveUp(job), options.maxWaitMs);
      return promise;
    },
    close: () => child.close(),
    child,
    get waiting() {
      return waiting.size;
    },
  };
}

function judgementOf(answer: SchemaAnswer): SchemaJudgement {
  if (answer === 'fits') return FITS;
  if (answer === 'does_not_fit') return DOES_NOT_FIT;
  return notJudged(answer === 'ready' ? 'unavailable' : answer);
}
