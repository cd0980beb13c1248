import { createHash } from 'node:crypto';

/**
 * A mark that stands in none of these texts, whoever wrote them: what is put between two such lines cannot end its part of a
 * prompt. The same for the same texts.
 */
export function fenceFor(texts: readonly string[]): string {
  for (let turn = 0; ; turn++) {
    const hash = createHash('sha256').update(JSON.stringify([turn, ...texts]));
    const fence = hash.digest('hex').slice(0, 16);
    if (texts.every((text) => !text.toLowerCase().includes(fence))) return fence;
  }
}
