import { isAlias, isMap, isScalar, isSeq } from 'yaml';
import type { Path, SourceDocument } from './document.ts';
import { interpolate } from './interpolate.ts';
import type { Environment } from './interpolate.ts';
import { unmasked } from './mask.ts';
import type { Issue } from './problem.ts';

/** Far more than any real file needs, and far less than nested aliases can produce. */
const MAX_VALUES = 20_000;
const MAX_DEPTH = 64;

export interface Tree {
  /** Plain objects (without a prototype), arrays and scalars, with variables resolved. */
  value: unknown;
  issues: Issue[];
  /** Whether any part of the text at a path came from the environment. */
  isFromEnvironment: (path: Path) => boolean;
}

class TooLarge extends Error {}

const keyFor = (path: Path): string => JSON.stringify(path);

/** Reads a document's values, resolving `${…}` in text values, never in keys. */
export function readTree(source: SourceDocument, environment: Environment): Tree {
  const issues: Issue[] = [];
  const fromEnvironment = new Set<string>();
  const anchors = new Map<string, unknown>();
  let values = 0;

  const textAt = (text: string, path: Path): string => {
    const result = interpolate(unmasked(text), environment);
    if (result.fromEnvironment) fromEnvironment.add(keyFor(path));
    issues.push(...result.problems.map((message) => ({ path, message })));
    return result.text;
  };

  const visit = (node: unknown, path: Path): unknown => {
    if (++values > MAX_VALUES || path.length > MAX_DEPTH) throw new TooLarge();
    if (isAlias(node)) {
      if (anchors.has(node.source)) return visit(anchors.get(node.source), path);
      issues.push({ path, message: 'this alias has no anchor before it' });
      return null;
    }
    if ((isMap(node) || isSeq(node) || isScalar(node)) && node.anchor !== undefined)
      anchors.set(node.anchor, node);
    if (isSeq(node)) return node.items.map((item, index) => visit(item, [...path, index]));
    if (isMap(node)) {
      const result: Record<string, unknown> = Object.create(null);
      for (const pair of node.items) {
        const key = isScalar(pair.key) ? unmasked(String(pair.key.value)) : '';
        if (key === '__proto__')
          issues.push({ path: [...path, key], message: 'this name is not allowed', at: 'key' });
        else result[key] = visit(pair.value, [...path, key]);
      }
      return result;
    }
    if (!isScalar(node)) return null;
    return typeof node.value === 'string' ? textAt(node.value, path) : node.value;
  };

  const isFromEnvironment = (path: Path): boolean => fromEnvironment.has(keyFor(path));
  try {
    return { value: visit(source.root, []), issues, isFromEnvironment };
  } catch (error) {
    if (!(error instanceof TooLarge)) throw error;
    const message = `the file has more than ${MAX_VALUES} values or ${MAX_DEPTH} levels; check it for aliases that refer to each other`;
    return { value: null, issues: [{ path: [], message }], isFromEnvironment };
  }
}
