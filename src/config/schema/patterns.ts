/** Names that a route serves: exact names, and patterns in which `*` stands for any characters, or none. */

export const isPattern = (name: string): boolean => name.includes('*');

/** The number of characters that a pattern requires; of two patterns the longer one is more specific. */
export const patternLength = (pattern: string): number => pattern.replaceAll('*', '').length;

/** A test for the names that a pattern covers. It takes time linear in the name for each `*`. */
export function matcher(pattern: string): (name: string) => boolean {
  const parts = pattern.split('*');
  const [first = ''] = parts;
  const last = parts.at(-1) ?? '';
  const middle = parts.slice(1, -1);
  if (parts.length === 1) return (name) => name === pattern;
  return (name) => {
    if (name.length < first.length + last.length || !name.startsWith(first) || !name.endsWith(last))
      return false;
    let from = first.length;
    for (const part of middle) {
      const found = name.indexOf(part, from);
      if (found === -1) return false;
      from = found + part.length;
    }
    return from <= name.length - last.length;
  };
}

/** Whether some name is covered by both patterns. */
export function overlap(a: string, b: string): boolean {
  // reachable[j]: the first i characters of `a` and the first j of `b` can stand for the same text.
  let reachable: boolean[] = [];
  for (let i = 0; i <= a.length; i++) {
    const row: boolean[] = [];
    for (let j = 0; j <= b.length; j++) {
      const [left, right] = [a[i - 1], b[j - 1]];
      row.push(
        (i === 0 && j === 0) ||
          (left === '*' && (reachable[j] === true || row[j - 1] === true)) ||
          (right === '*' && (reachable[j] === true || row[j - 1] === true)) ||
          (left !== undefined && left === right && reachable[j - 1] === true),
      );
    }
    reachable = row;
  }
  return reachable.at(-1) === true;
}
