import { expandedSize, hasEndlessLoop } from './graph.ts';
import { JudgingStopped } from './judgement.ts';
import { readersOf } from './keywords/keywords.ts';
import { INLINE, JUDGED } from './limits.ts';
import { invalid, type Expressions, type KeywordReader } from './keywords/reading.ts';
import { readReference } from './keywords/combining-keywords.ts';
import {
  indexDocument,
  plainDocument,
  resolveReference,
  type SchemaPlace,
  type SchemaResource,
} from './references.ts';
import { createNode, type SchemaNode } from './schema-node.ts';

/** Dialects whose keywords are known: JSON Schema's own from draft 4, and OpenAPI's. */
const DIALECT =
  /^https?:\/\/(?:json-schema\.org\/(?:draft-0[467]\/|draft\/20|schema\b)|spec\.openapis\.org\/oas\/3)/;
/** Until draft 7 a `$ref` stands alone: what is beside it is ignored. */
const REFERENCE_ALONE = /\/draft-0[467]\//;

export interface ReadSchema {
  root: SchemaNode;
  /** Nodes that it was read into: what it takes in memory. */
  nodes: number;
}

/**
 * Reads a schema into nodes that can be interpreted, in time proportional to its size and without recursion. Nothing is
 * compiled to code.
 *
 * @param expressions patterns and formats, in the process of its own; without them the schema is read to be judged in the
 * gateway's process.
 * @throws {JudgingStopped} where it is no valid schema; `outside` where it cannot be judged in the gateway's process.
 */
export function readSchema(schema: unknown, expressions?: Expressions): ReadSchema {
  const isInline = expressions === undefined;
  const document = isInline ? plainDocument(schema) : indexDocument(schema);
  const readers = dialectOf(schema);
  const nodes = new Map<object, SchemaNode>();
  let booleans = 0;
  const referred = new Set<SchemaNode>();
  const unread: { place: SchemaPlace & { raw: object }; node: SchemaNode }[] = [];
  const outside = () => new JudgingStopped('outside');

  function nodeOf({ raw, resource }: SchemaPlace): SchemaNode {
    if (typeof raw === 'boolean') {
      booleans += 1;
      return raw ? createNode() : neverNode();
    }
    if (typeof raw !== 'object' || raw === null || Array.isArray(raw))
      throw invalid('a schema must be an object');
    const known = nodes.get(raw);
    if (known !== undefined) return known;
    if (nodes.size >= (isInline ? INLINE.schemaNodes : JUDGED.schemaNodes)) {
      throw isInline ? outside() : new JudgingStopped('too_large', 'too many schemas');
    }
    // A reference in another resource is relative to that; here only the whole is known.
    if (isInline && raw !== schema && '$id' in raw) throw outside();
    const node = createNode();
    nodes.set(raw, node);
    unread.push({ place: { raw, resource: document.byRoot.get(raw) ?? resource }, node });
    return node;
  }

  function referredFrom(from: SchemaResource, reference: unknown): SchemaNode {
    if (typeof reference !== 'string') throw invalid('a reference must be a string');
    if (isInline && reference !== '#' && !reference.startsWith('#/')) throw outside();
    const place = resolveReference(document, reference, from);
    const node = nodeOf(place);
    if (referred.has(node)) node.isShared = true;
    referred.add(node);
    return node;
  }

  function read({ raw, resource }: SchemaPlace & { raw: object }, node: SchemaNode): void {
    const besides = (child: SchemaNode) => {
      node.beside.push(child);
      return child;
    };
    const reading: Parameters<KeywordReader>[0] = {
      schema: raw as Readonly<Record<string, unknown>>,
      node,
      beside: (subschema) => besides(nodeOf({ raw: subschema, resource })),
      below(subschema) {
        const child = nodeOf({ raw: subschema, resource });
        node.below.push(child);
        return child;
      },
      reference: (reference) => besides(referredFrom(resource, reference)),
      dynamicReference(reference) {
        if (isInline) throw outside();
        // In a document of one resource the scope is always the same, and the reference leads where a plain one does.
        if (document.byRoot.size > (document.byRoot.has(document.whole.root as object) ? 1 : 0)) {
          throw new JudgingStopped('unsupported', 'a dynamic reference among several resources');
        }
        return besides(referredFrom(resource, reference));
      },
      expressions() {
        if (expressions === undefined) throw outside();
        return expressions;
      },
    };
    for (const reader of readers(raw)) reader(reading);
  }

  const root = nodeOf({ raw: schema, resource: document.whole });
  for (let next = unread.pop(); next !== undefined; next = unread.pop()) read(next.place, next.node);
  if (hasEndlessLoop([root, ...nodes.values()])) throw new JudgingStopped('reference_loop');
  if (isInline) {
    const { nodes: expanded, depth } = expandedSize(root);
    if (expanded > INLINE.expandedNodes || depth > INLINE.expandedDepth) throw outside();
  }
  return { root, nodes: nodes.size + booleans };
}

function dialectOf(schema: unknown): (raw: object) => readonly KeywordReader[] {
  const dialect: unknown =
    typeof schema === 'object' && schema !== null ? Reflect.get(schema, '$schema') : undefined;
  if (dialect === undefined) return readersOf;
  if (typeof dialect !== 'string') throw invalid('$schema must be a string');
  if (!DIALECT.test(dialect)) throw new JudgingStopped('unsupported', 'a dialect that is not known');
  if (!REFERENCE_ALONE.test(dialect)) return readersOf;
  return (raw) => (Object.hasOwn(raw, '$ref') ? [readReference] : readersOf(raw));
}

function neverNode(): SchemaNode {
  const node = createNode();
  node.any.push(() => false);
  return node;
}
