/** Edit distance; swapping two adjacent letters counts as one edit (optimal string alignment). */
function distance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, index) => index)];
  const at = (row: number, column: number): number => rows[row]?.[column] ?? Infinity;
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let best = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, at(i - 2, j - 2) + 1);
      row.push(best);
    }
  }
  return at(a.length, b.length);
}

/** Longer names are not typing errors, and comparing them takes quadratic time. */
const MAX_LENGTH = 128;

/** The known names nearest to `word`, nearest first; none if nothing is near enough to be meant. */
export function nearest(word: string, known: Iterable<string>, limit = 1): string[] {
  if (word.length > MAX_LENGTH) return [];
  const wanted = word.toLowerCase();
  return [...known]
    .filter((name) => name.length <= MAX_LENGTH)
    .map((name) => {
      const other = name.toLowerCase();
      const contained =
        wanted.length >= 3 && (other.includes(wanted) || (other.length >= 3 && wanted.includes(other)));
      const edits = distance(wanted, other);
      return {
        name,
        edits,
        near: contained || edits <= Math.max(1, Math.floor(Math.max(wanted.length, other.length) / 3)),
      };
    })
    .filter(({ near }) => near)
    .toSorted((a, b) => a.edits - b.edits || (a.name < b.name ? -1 : 1))
    .slice(0, limit)
    .map(({ name }) => name);
}

/** `; did you mean 'large'?`, or nothing. */
export function didYouMean(word: string, known: Iterable<string>): string {
  const [name] = nearest(word, known);
  return name === undefined ? '' : `; did you mean '${name}'?`;
}
