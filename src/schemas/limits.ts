/** Sizes of JSON texts are in UTF-16 code units, of which each takes one or two bytes. */

/** Schemas that are judged in the gateway's process. */
export const INLINE = {
  /** A schema of 1,000 properties with descriptions has about 100,000. */
  schemaText: 131_072,
  schemaNodes: 4_096,
  /** With every reference replaced by what it leads to. */
  expandedNodes: 16_384,
  /** The longest way down with every reference followed: what the stack must hold. */
  expandedDepth: 128,
  valueText: 131_072,
  /** A step takes 10 to 100 ns, so that judging one value takes at most some milliseconds. */
  steps: 50_000,
  /** What is read and judged before the event loop turns. */
  stepsPerTurn: 500_000,
} as const;

/** Schemas and values that are judged at all. */
export const JUDGED = {
  schemaText: 524_288,
  /** Members and elements, counted before the schema is written as text. */
  schemaValues: 131_072,
  /** Of the schema's own nesting: it is written and walked recursively by the engine. */
  schemaDepth: 512,
  schemaNodes: 32_768,
  /** Of a schema's `$id`, or a `$ref` that is a URL: each is resolved against the other. */
  urlText: 2_048,
  valueText: 1_048_576,
  /** Nested evaluations, as a recursive schema makes them. */
  depth: 512,
} as const;
