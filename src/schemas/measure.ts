/**
 * Whether parsed JSON is within limits, decided without recursion and in time proportional to the part that is within them: a
 * client's JSON may be nested half a million deep.
 *
 * @param maxText of its strings and keys, in UTF-16 code units.
 */
export function isWithin(
  value: unknown,
  { maxValues, maxDepth, maxText }: { maxValues: number; maxDepth: number; maxText: number },
): boolean {
  let level: unknown[] = [value];
  let [values, text] = [1, 0];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > maxDepth) return false;
    const next: unknown[] = [];
    for (const each of level) {
      if (typeof each === 'string') text += each.length;
      else if (Array.isArray(each)) {
        values += each.length;
        if (values > maxValues) return false;
        for (const element of each) next.push(element);
      } else if (typeof each === 'object' && each !== null) {
        for (const key in each) {
          values += 1;
          text += key.length;
          if (values > maxValues) return false;
          next.push(Reflect.get(each, key));
        }
      }
      if (text > maxText) return false;
    }
    level = next;
  }
  return true;
}
