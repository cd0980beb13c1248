import { JudgingStopped } from './judgement.ts';

/** What was evaluated of one object or array, for `unevaluatedProperties` and `unevaluatedItems`. */
export interface Evaluated {
  allKeys: boolean;
  keys: Set<string>;
  /** Every element before this index. */
  items: number;
  /** Further elements. */
  indexes: Set<number>;
}

/** One judging of one value. */
export interface JudgingRun {
  steps: number;
  /** At this many steps `atLimit` is asked: it raises the limit, or throws. */
  limit: number;
  atLimit: (run: JudgingRun) => void;
  depth: number;
  readonly maxDepth: number;
  /** The last value that a shared node judged, and what it said. */
  known: Map<SchemaNode, { value: unknown; holds: boolean }> | undefined;
}

export type NodeCheck = (value: unknown, run: JudgingRun, seen: Evaluated | undefined) => boolean;

/** A schema as it is interpreted: its checks, by the kind of value that they concern. */
export interface SchemaNode {
  any: NodeCheck[];
  number: NodeCheck[];
  string: NodeCheck[];
  array: NodeCheck[];
  object: NodeCheck[];
  /** Nodes that judge the same value as this one. */
  beside: SchemaNode[];
  /** Nodes that judge a part of it. */
  below: SchemaNode[];
  /** It asks what its other checks have evaluated. */
  collects: boolean;
  /** Several references lead to it: what it says of a value is kept for the next. */
  isShared: boolean;
}

export function createNode(): SchemaNode {
  return {
    any: [],
    number: [],
    string: [],
    array: [],
    object: [],
    beside: [],
    below: [],
    collects: false,
    isShared: false,
  };
}

export function nothingEvaluated(): Evaluated {
  return { allKeys: false, keys: new Set(), items: 0, indexes: new Set() };
}

/** Counts work before or after it is done; at most one call's work is done beyond the limit. */
export function spend(run: JudgingRun, steps: number): void {
  run.steps += steps;
  if (run.steps >= run.limit) run.atLimit(run);
}

/** Adds what a branch evaluated to what its parent did. */
export function merge(into: Evaluated, from: Evaluated, run: JudgingRun): void {
  spend(run, from.keys.size + from.indexes.size);
  into.allKeys ||= from.allKeys;
  into.items = Math.max(into.items, from.items);
  for (const key of from.keys) into.keys.add(key);
  for (const index of from.indexes) into.indexes.add(index);
}

/**
 * Whether a value holds to a node. Where `seen` is given, what was evaluated is added to it; after `false` it means nothing.
 *
 * @throws {JudgingStopped} where the run is out of steps, or nested too deep.
 */
export function fitsNode(node: SchemaNode, value: unknown, run: JudgingRun, seen?: Evaluated): boolean {
  spend(run, 1);
  if (!node.isShared || seen !== undefined) return evaluate(node, value, run, seen);
  const last = run.known?.get(node);
  // The same object, or the same primitive: within a run neither changes.
  if (last !== undefined && last.value === value) return last.holds;
  const result = evaluate(node, value, run, undefined);
  run.known ??= new Map();
  run.known.set(node, { value, holds: result });
  return result;
}

function evaluate(node: SchemaNode, value: unknown, run: JudgingRun, seen: Evaluated | undefined): boolean {
  run.depth += 1;
  if (run.depth > run.maxDepth) throw new JudgingStopped('too_large', 'nested too deep');
  const own = node.collects ? nothingEvaluated() : seen;
  const result = all(node.any, value, run, own) && all(typedChecks(node, value), value, run, own);
  if (result && seen !== undefined && own !== undefined && own !== seen) merge(seen, own, run);
  run.depth -= 1;
  return result;
}

function all(
  checks: readonly NodeCheck[],
  value: unknown,
  run: JudgingRun,
  seen: Evaluated | undefined,
): boolean {
  for (const check of checks) {
    spend(run, 1);
    if (!check(value, run, seen)) return false;
  }
  return true;
}

const NONE: readonly NodeCheck[] = [];

function typedChecks(node: SchemaNode, value: unknown): readonly NodeCheck[] {
  switch (typeof value) {
    case 'object':
      return value === null ? NONE : Array.isArray(value) ? node.array : node.object;
    case 'string':
      return node.string;
    case 'number':
      // JSON allows numbers beyond the range of doubles, which are read as infinite: nothing is known of their value.
      return Number.isFinite(value) ? node.number : NONE;
    default:
      return NONE;
  }
}
