import { areUnique } from './json-values.ts';
import { asCount, asSchemas, invalid, type KeywordReader } from './reading.ts';
import { fitsNode, spend, type SchemaNode } from '../schema-node.ts';

/** Keywords that judge arrays. */

/** Both ways to write a tuple: `prefixItems` with `items`, and before 2020-12 a list of `items` with `additionalItems`. */
export const readItems: KeywordReader = ({ schema, node, below }) => {
  const { prefixItems, items, additionalItems } = schema;
  const isOldTuple = prefixItems === undefined && Array.isArray(items);
  const tuple = isOldTuple ? items : prefixItems === undefined ? [] : asSchemas(prefixItems, 'prefixItems');
  const others = isOldTuple ? additionalItems : items;
  if (tuple.length === 0 && others === undefined) return;
  const first = tuple.map(below);
  const rest = others === undefined ? undefined : below(others);
  node.array.push((value, run, seen) => {
    const elements = elementsOf(value);
    const end = rest === undefined ? Math.min(first.length, elements.length) : elements.length;
    for (let index = 0; index < end; index += 1) {
      const schemaNode = first[index] ?? rest;
      if (schemaNode !== undefined && !fitsNode(schemaNode, elements[index], run)) return false;
    }
    if (seen !== undefined) seen.items = Math.max(seen.items, end);
    return true;
  });
};

export const readContains: KeywordReader = ({ schema, node, below }) => {
  if (schema['contains'] === undefined) return;
  const wanted = below(schema['contains']);
  const least = schema['minContains'] === undefined ? 1 : asCount(schema['minContains'], 'minContains');
  const most = schema['maxContains'] === undefined ? Infinity : asCount(schema['maxContains'], 'maxContains');
  node.array.push((value, run, seen) => {
    let found = 0;
    for (const [index, element] of elementsOf(value).entries()) {
      if (!fitsNode(wanted, element, run)) continue;
      found += 1;
      seen?.indexes.add(index);
      if (found > most || (seen === undefined && most === Infinity && found >= least)) break;
    }
    return found >= least && found <= most;
  });
};

export const readItemCount: KeywordReader = ({ schema, node }) => {
  const least = schema['minItems'] === undefined ? 0 : asCount(schema['minItems'], 'minItems');
  const most = schema['maxItems'] === undefined ? Infinity : asCount(schema['maxItems'], 'maxItems');
  node.array.push((value) => {
    const { length } = elementsOf(value);
    return length >= least && length <= most;
  });
};

export const readUniqueItems: KeywordReader = ({ schema, node, expressions }) => {
  if (typeof schema['uniqueItems'] !== 'boolean') throw invalid('uniqueItems must be true or false');
  if (!schema['uniqueItems']) return;
  // Comparing each element with each is not what is done, but the texts that are compared instead take memory.
  expressions();
  node.array.push((value, run) => areUnique(elementsOf(value), run));
};

export const readUnevaluatedItems: KeywordReader = ({ schema, node, below }) => {
  const rest: SchemaNode = below(schema['unevaluatedItems']);
  node.collects = true;
  node.array.push((value, run, seen) => {
    const elements = elementsOf(value);
    for (let index = seen?.items ?? 0; index < elements.length; index += 1) {
      spend(run, 1);
      if (seen?.indexes.has(index) !== true && !fitsNode(rest, elements[index], run)) return false;
    }
    if (seen !== undefined) seen.items = elements.length;
    return true;
  });
};

/** Checks of arrays are asked about arrays alone. */
function elementsOf(value: unknown): readonly unknown[] {
  return value as readonly unknown[];
}
