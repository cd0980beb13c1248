import { createElsewhere } from './elsewhere/elsewhere.ts';
import { notJudged, type SchemaJudgement } from './judgement.ts';
import { createKnownSchemas, type KnownSchema } from './known-schemas.ts';
import { INLINE, JUDGED } from './limits.ts';
import { judgeInline } from './run.ts';
import { createTurnBudget } from './turn-budget.ts';

/** Every setting has a default. */
export interface SchemaJudgeOptions {
  /** The process that judges what the gateway may not is killed where it has not answered by then. */
  deadlineMs?: number;
  /** What waits longer for that process is not judged. */
  maxWaitMs?: number;
  /** The process's time a minute for each key. */
  msPerMinute?: number;
  heapMegabytes?: number;
  maxWaiting?: number;
  maxWaitingBytes?: number;
  /** Of schemas as they are read, in the gateway's process; an estimate. */
  maxCachedBytes?: number;
  /** Milliseconds on a clock that is never set back. */
  now?: () => number;
  /** Told of what must not happen: the value is not judged, and the request goes on. */
  onError?: (error: unknown) => void;
}

export interface ValueToJudge {
  /** As the client sent it: parsed, and not changed afterwards, or as JSON text, which saves writing it again. */
  schema: unknown;
  /** What `text` was parsed to. */
  value: unknown;
  text: string;
  /** Whose time is taken where that takes long: an API key or a tenant. */
  key: string;
}

export interface SchemaJudge {
  /**
   * Whether a value fits a client's schema. Never throws and never rejects.
   *
   * @returns the judgement itself where it is made in the gateway's process, as nearly always, so that the usual case waits for
   * nothing; a promise where the process of its own is asked.
   */
  judge(question: ValueToJudge): SchemaJudgement | Promise<SchemaJudgement>;
  /** Ends the process. What is still waiting is not judged. */
  close(): void;
  readonly state: {
    /** Of the process that judges, where one runs. */
    readonly pid: number | undefined;
    readonly processesStarted: number;
    /** Processes that ended although nobody here ended them. */
    readonly died: number;
    readonly waiting: number;
    readonly cachedBytes: number;
  };
}

/** Reasons that hold for the schema, so that asking again is of no use. */
const LASTING: ReadonlySet<string> = new Set([
  'invalid_schema',
  'remote_reference',
  'reference_loop',
  'unsupported',
]);

/** Judges values by schemas that clients write: what is cheap for certain here, all else in a process of its own. */
export function createSchemaJudge(options: SchemaJudgeOptions = {}): SchemaJudge {
  const turn = createTurnBudget(INLINE.stepsPerTurn);
  const schemas = createKnownSchemas(options.maxCachedBytes ?? 33_554_432, turn);
  const elsewhere = createElsewhere({
    deadlineMs: options.deadlineMs ?? 250,
    maxWaitMs: options.maxWaitMs ?? 1_000,
    msPerMinute: options.msPerMinute ?? 10_000,
    heapMegabytes: options.heapMegabytes ?? 64,
    maxWaiting: options.maxWaiting ?? 1_024,
    maxWaitingBytes: options.maxWaitingBytes ?? 8_388_608,
    maxKnownText: 262_144,
    now: options.now ?? (() => performance.now()),
  });

  function judge({ schema, value, text, key }: ValueToJudge): SchemaJudgement | Promise<SchemaJudgement> {
    if (text.length > JUDGED.valueText) return notJudged('too_large');
    const known = schemas.of(schema);
    if (known.refusal !== undefined) return known.refusal;
    if (known.node !== undefined && text.length <= INLINE.valueText && !turn.isSpent) {
      const judgement = judgeInline(known.node, value, turn.spend);
      if (judgement !== undefined) return judgement;
    }
    const asked = elsewhere.judge({
      key,
      schemaKey: known.key,
      schemaLength: known.textLength,
      schemaText: () => (typeof schema === 'string' ? schema : JSON.stringify(schema)),
      valueText: text,
      isKnown: known.wasJudged,
    });
    return asked instanceof Promise ? asked.then((judgement) => learn(known, judgement)) : asked;
  }

  return {
    judge(question) {
      try {
        return judge(question);
      } catch (error) {
        options.onError?.(error);
        return notJudged('unavailable');
      }
    },
    close: () => elsewhere.close(),
    state: {
      get pid() {
        return elsewhere.child.pid;
      },
      get processesStarted() {
        return elsewhere.child.started;
      },
      get died() {
        return elsewhere.child.died;
      },
      get waiting() {
        return elsewhere.waiting;
      },
      get cachedBytes() {
        return schemas.bytes;
      },
    },
  };
}

/** Remembers what a judgement says of the schema. */
function learn(known: KnownSchema, judgement: SchemaJudgement): SchemaJudgement {
  if (judgement.verdict !== 'not_judged') known.wasJudged = true;
  else if (LASTING.has(judgement.reason)) known.refusal = judgement;
  return judgement;
}
