import { JudgingStopped } from '../judgement.ts';
import type { SchemaNode } from '../schema-node.ts';

/** Tests a text. */
export type TextTest = (text: string) => boolean;

/** What only the process of its own can do: patterns and formats are regular expressions, and these have no step counter. */
export interface Expressions {
  /** @throws {SyntaxError} where the pattern is none. */
  pattern: (source: string) => TextTest;
  /** `undefined` for a format that is not known: it means nothing. */
  format: (name: string) => { text: TextTest } | { number: (value: number) => boolean } | undefined;
}

/** One schema object while it is being read. */
export interface Reading {
  schema: Readonly<Record<string, unknown>>;
  node: SchemaNode;
  /** The node of a subschema that judges the same value. */
  beside: (subschema: unknown) => SchemaNode;
  /** The node of a subschema that judges a part of the value. */
  below: (subschema: unknown) => SchemaNode;
  /** The node that a `$ref` leads to. */
  reference: (reference: unknown) => SchemaNode;
  /** The node that a `$dynamicRef` or `$recursiveRef` leads to. */
  dynamicReference: (reference: unknown) => SchemaNode;
  /** @throws {JudgingStopped} `outside`, where the schema is read to be judged in the gateway's process. */
  expressions: () => Expressions;
}

/** Adds a keyword's check to the node; called once, whichever of its keywords the schema has. */
export type KeywordReader = (reading: Reading) => void;

export function invalid(detail: string): JudgingStopped {
  return new JudgingStopped('invalid_schema', detail);
}

export function asRecord(value: unknown, keyword: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Readonly<Record<string, unknown>>;
  }
  throw invalid(`${keyword} must be an object`);
}

export function asList(value: unknown, keyword: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw invalid(`${keyword} must be an array`);
}

export function asTexts(value: unknown, keyword: string): readonly string[] {
  return asList(value, keyword).map((each) => {
    if (typeof each === 'string') return each;
    throw invalid(`${keyword} must hold strings`);
  });
}

/** A number; one beyond the range of doubles is infinite, and compares as it should. */
export function asNumber(value: unknown, keyword: string): number {
  if (typeof value === 'number') return value;
  throw invalid(`${keyword} must be a number`);
}

export function asCount(value: unknown, keyword: string): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return value;
  throw invalid(`${keyword} must be a whole number that is not negative`);
}

/** A list of subschemas that is not empty. */
export function asSchemas(value: unknown, keyword: string): readonly unknown[] {
  const schemas = asList(value, keyword);
  if (schemas.length === 0) throw invalid(`${keyword} must not be empty`);
  return schemas;
}
