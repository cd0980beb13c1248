import type { SchemaNode } from './schema-node.ts';

/**
 * The nodes that a root leads to, each after all it leads to itself; undefined where there is a loop. Without recursion, in time
 * proportional to the nodes and edges.
 */
export function bottomUp(
  root: SchemaNode,
  next: (node: SchemaNode) => readonly SchemaNode[],
  finished = new Set<SchemaNode>(),
): SchemaNode[] | undefined {
  const order: SchemaNode[] = [];
  const path: { node: SchemaNode; edges: readonly SchemaNode[]; at: number }[] = [];
  const onPath = new Set<SchemaNode>();
  const enter = (node: SchemaNode) => {
    onPath.add(node);
    path.push({ node, edges: next(node), at: 0 });
  };
  if (!finished.has(root)) enter(root);
  for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
    const following = top.edges[top.at];
    top.at += 1;
    if (following === undefined) {
      path.pop();
      onPath.delete(top.node);
      finished.add(top.node);
      order.push(top.node);
    } else if (onPath.has(following)) return undefined;
    else if (!finished.has(following)) enter(following);
  }
  return order;
}

/** Whether judging a value can come back to the same node with the same value: it would never end. */
export function hasEndlessLoop(nodes: Iterable<SchemaNode>): boolean {
  const finished = new Set<SchemaNode>();
  for (const node of nodes) {
    if (node.beside.length === 0) continue;
    if (bottomUp(node, ({ beside }) => beside, finished) === undefined) return true;
  }
  return false;
}

/** Nodes, and the longest way down, with every reference replaced by what it leads to; infinite where there is a loop. */
export function expandedSize(root: SchemaNode): { nodes: number; depth: number } {
  const order = bottomUp(root, ({ beside, below }) => [...beside, ...below]);
  const sizes = new Map<SchemaNode, { nodes: number; depth: number }>();
  for (const node of order ?? []) {
    let [nodes, depth] = [1, 0];
    for (const child of [...node.beside, ...node.below]) {
      const size = sizes.get(child);
      nodes += size?.nodes ?? 0;
      depth = Math.max(depth, size?.depth ?? 0);
    }
    sizes.set(node, { nodes, depth: depth + 1 });
  }
  return sizes.get(root) ?? { nodes: Infinity, depth: Infinity };
}
