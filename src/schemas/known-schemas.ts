import { hash } from 'node:crypto';
import { createByteLru } from './byte-lru.ts';
import { JudgingStopped, notJudged, type SchemaJudgement } from './judgement.ts';
import { INLINE, JUDGED } from './limits.ts';
import { isWithin } from './measure.ts';
import { readSchema } from './read-schema.ts';
import type { SchemaNode } from './schema-node.ts';
import type { TurnBudget } from './turn-budget.ts';

/** What is known of a schema, whatever the value. */
export interface KnownSchema {
  /** Equal for equal texts only. */
  key: string;
  textLength: number;
  /** How it is judged in the gateway's process, where it can be. */
  node?: SchemaNode;
  /** Why nothing is ever judged by it. */
  refusal?: SchemaJudgement;
  /** The process of its own has judged by it. */
  wasJudged: boolean;
}

export interface KnownSchemas {
  of(schema: unknown): KnownSchema;
  readonly bytes: number;
}

/** Longer texts are known by their hash. */
const MAX_KEY = 1_024;
/** More than a schema takes in memory for each node, and for each unit of its text where values are listed. */
const NODE_BYTES = 1_000;
const TEXT_BYTES = 16;
const ENTRY_BYTES = 500;
/** What reading takes, in steps of judging. */
const NODE_STEPS = 32;
const TEXT_STEPS = 1 / 16;

/**
 * Reads each schema once, and keeps as many as its bytes allow. A parsed schema is recognised as long as its object lives: it is
 * measured and written as text once a request, however many values are judged by it.
 */
export function createKnownSchemas(maxBytes: number, turn: TurnBudget): KnownSchemas {
  const cache = createByteLru<KnownSchema>(maxBytes);
  const ofObjects = new WeakMap<object, KnownSchema>();

  function find(schema: unknown): KnownSchema {
    const text = textOf(schema);
    if (text === undefined) return refused('too_large');
    turn.spend(text.length * TEXT_STEPS);
    const key = text.length > MAX_KEY ? `sha256:${hash('sha256', text, 'base64')}` : text;
    const cached = cache.get(key);
    if (cached !== undefined) return cached;
    const known: KnownSchema = { key, textLength: text.length, wasJudged: false };
    // Another time there is time to read it.
    if (turn.isSpent) return known;
    const nodes = readInto(known, schema);
    turn.spend(nodes * NODE_STEPS);
    const kept = nodes === 0 ? 0 : nodes * NODE_BYTES + text.length * TEXT_BYTES;
    cache.set(key, known, ENTRY_BYTES + 2 * key.length + kept);
    return known;
  }

  return {
    of(schema) {
      if (typeof schema === 'string' || typeof schema === 'boolean') return find(schema);
      if (typeof schema !== 'object' || schema === null) return refused('invalid_schema');
      const seen = ofObjects.get(schema);
      if (seen !== undefined) return seen;
      const known = find(schema);
      ofObjects.set(schema, known);
      return known;
    },
    get bytes() {
      return cache.bytes;
    },
  };
}

function refused(reason: 'too_large' | 'invalid_schema'): KnownSchema {
  return { key: '', textLength: 0, refusal: notJudged(reason), wasJudged: false };
}

/** `undefined` where the schema is over the limits: it is measured before it is written, for that is recursive and takes time. */
function textOf(schema: unknown): string | undefined {
  const limits = { maxValues: JUDGED.schemaValues, maxDepth: JUDGED.schemaDepth, maxText: JUDGED.schemaText };
  const text =
    typeof schema === 'string' ? schema : isWithin(schema, limits) ? JSON.stringify(schema) : undefined;
  return text !== undefined && text.length <= JUDGED.schemaText ? text : undefined;
}

/** Notes how a schema is judged. @returns how many nodes are kept. */
function readInto(known: KnownSchema, schema: unknown): number {
  try {
    const raw = typeof schema === 'string' ? parsed(schema) : schema;
    if (known.textLength > INLINE.schemaText) return 0;
    const { root, nodes } = readSchema(raw);
    known.node = root;
    return nodes;
  } catch (error) {
    if (!(error instanceof JudgingStopped)) throw error;
    if (error.reason !== 'outside') known.refusal = notJudged(error.reason);
    return 0;
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
