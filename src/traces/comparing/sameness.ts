/** What comparing two texts finds. `unknown` is neither: somebody has to look. */
export type Sameness = 'same' | 'different' | 'unknown';

/** Of the parts of two texts, in order: all the same; or some different and none unknown; or else unknown. */
export function allOf(parts: Iterable<Sameness>): Sameness {
  let found: Sameness = 'same';
  for (const part of parts) {
    if (part === 'unknown') return 'unknown';
    if (part === 'different') found = 'different';
  }
  return found;
}
