import { hash } from 'node:crypto';
import { createByteLru } from './byte-lru.ts';
import { createElsewhere, type Elsewhere } from './elsewhere/elsewhere.ts';
import { JudgingStopped, notJudged, type SchemaJudgement } from './judgement.ts';
import { INLINE, JUDGED } from './limits.ts';
import { isWithin } from './measure.ts';
import { readSchema } from './read-schema.ts';
import { judgeInline } from './run.ts';
import type { SchemaNode } from './schema-node.ts';

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
  /** As the client sent it: parsed, or as JSON text, which saves writing it again. */
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
    readonly waiting: number;
    readonly cachedBytes: number;
  };
}

/** What is known of a schema, whatever the value. */
interface KnownSchema {
  /** How it is judged in the gateway's process, where it can be. */
  node?: SchemaNode;
  /** Why nothing is ever judged by it. */
  refusal?: SchemaJudgement;
  /** The process of its own has judged by it. */
  wasJudged: boolean;
}

const NEW: Readonly<KnownSchema> = { wasJudged: false };
/** Reasons that hold for the schema, so that asking again is of no use. */
const LASTING: ReadonlySet<string> = new Set([
  'invalid_schema',
  'remote_reference',
  'reference_loop',
  'unsupported',
]);
/** Longer texts are known by their hash. */
const MAX_KEY = 1_024;
/** Measured: what a schema takes in memory for each node, and for each unit of text that is kept in lists of values. */
const NODE_BYTES = 1_000;
const TEXT_BYTES = 16;
const ENTRY_BYTES = 500;

/** Judges values by schemas that clients write: what is cheap for certain here, all else in a process of its own. */
export function createSchemaJudge(options: SchemaJudgeOptions = {}): SchemaJudge {
  const cache = createByteLru<KnownSchema>(options.maxCachedBytes ?? 33_554_432);
  const elsewhere = createElsewhere({
    deadlineMs: options.deadlineMs ?? 250,
    maxWaitMs: options.maxWaitMs ?? 1_000,
    msPerMinute: options.msPerMinute ?? 10_000,
    heapMegabytes: options.heapMegabytes ?? 96,
    maxWaiting: options.maxWaiting ?? 1_024,
    maxWaitingBytes: options.maxWaitingBytes ?? 8_388_608,
    maxKnownText: 524_288,
    now: options.now ?? (() => performance.now()),
  });

  function knownOf(schema: unknown, text: string, schemaKey: string): KnownSchema {
    const cached = cache.get(schemaKey);
    if (cached !== undefined) return cached;
    const { known, bytes } = knowSchema(schema, text);
    cache.set(schemaKey, known, bytes);
    return known;
  }

  function judge({ schema, value, text, key }: ValueToJudge): SchemaJudgement | Promise<SchemaJudgement> {
    if (text.length > JUDGED.valueText) return notJudged('too_large');
    if (!canBeSchema(schema)) return notJudged('invalid_schema');
    const schemaText = textOf(schema);
    if (schemaText === undefined) return notJudged('too_large');
    const schemaKey =
      schemaText.length > MAX_KEY ? `sha256:${hash('sha256', schemaText, 'base64')}` : schemaText;
    const known = knownOf(schema, schemaText, schemaKey);
    if (known.refusal !== undefined) return known.refusal;
    if (known.node !== undefined && text.length <= INLINE.valueText) {
      const judgement = judgeInline(known.node, value);
      if (judgement !== undefined) return judgement;
    }
    return askElsewhere(elsewhere, known, { key, schemaKey, schemaText, valueText: text });
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
      get waiting() {
        return elsewhere.waiting;
      },
      get cachedBytes() {
        return cache.bytes;
      },
    },
  };
}

/** Anything else has no JSON text either. */
function canBeSchema(schema: unknown): boolean {
  return (
    typeof schema === 'string' ||
    typeof schema === 'boolean' ||
    (typeof schema === 'object' && schema !== null)
  );
}

/** `undefined` where the schema is over the limits: it is measured before it is written, for that is recursive and takes time. */
function textOf(schema: unknown): string | undefined {
  const limits = { maxValues: JUDGED.schemaValues, maxDepth: JUDGED.schemaDepth, maxText: JUDGED.schemaText };
  const text =
    typeof schema === 'string' ? schema : isWithin(schema, limits) ? JSON.stringify(schema) : undefined;
  return text !== undefined && text.length <= JUDGED.schemaText ? text : undefined;
}

function knowSchema(schema: unknown, text: string): { known: KnownSchema; bytes: number } {
  const bytes = ENTRY_BYTES + 2 * Math.min(text.length, MAX_KEY);
  try {
    const raw = typeof schema === 'string' ? parsed(text) : schema;
    if (text.length > INLINE.schemaText) return { known: { ...NEW }, bytes };
    const { root, nodes } = readSchema(raw);
    return {
      known: { ...NEW, node: root },
      bytes: bytes + nodes * NODE_BYTES + text.length * TEXT_BYTES,
    };
  } catch (error) {
    if (!(error instanceof JudgingStopped)) throw error;
    const { reason } = error;
    return { known: reason === 'outside' ? { ...NEW } : { ...NEW, refusal: notJudged(reason) }, bytes };
  }
}

/** A schema that came as text was not measured: its nesting is. */
function parsed(text: string): unknown {
  let schema: unknown;
  try {
    schema = JSON.parse(text);
  } catch {
    throw new JudgingStopped('invalid_schema');
  }
  const limits = { maxValues: JUDGED.schemaValues, maxDepth: JUDGED.schemaDepth, maxText: Infinity };
  if (!isWithin(schema, limits)) throw new JudgingStopped('too_large');
  return schema;
}

function askElsewhere(
  elsewhere: Elsewhere,
  known: KnownSchema,
  question: { key: string; schemaKey: string; schemaText: string; valueText: string },
): SchemaJudgement | Promise<SchemaJudgement> {
  const asked = elsewhere.judge({ ...question, isKnown: known.wasJudged });
  return asked instanceof Promise
    ? asked.then((judgement) => {
        if (judgement.verdict !== 'not_judged') known.wasJudged = true;
        else if (LASTING.has(judgement.reason)) known.refusal = judgement;
        return judgement;
      })
    : asked;
}
