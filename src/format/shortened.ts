/**
 * A text of which the middle is left out where it is too long to be read: what it begins with and how it ends is kept.
 * @param most characters, at least 3.
 */
export function shortened(text: string, most: number): string {
  if (text.length <= most) return text;
  const end = Math.floor((most - 1) / 3);
  return `${text.slice(0, most - 1 - end)}…${text.slice(text.length - end)}`;
}
