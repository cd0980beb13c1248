/** Whether a value of the file is a map. Before the schema has checked it, a value can be anything. */
export function isPlainMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value if it is a map, else an empty one. */
export const mapOf = (value: unknown): Record<string, unknown> => (isPlainMap(value) ? value : {});
