import { stripVTControlCharacters } from 'node:util';

/** Text of a stranger: nothing in it may move the cursor, colour the screen, ring, or turn the direction of writing. */
export function harmless(text: string): string {
  return stripVTControlCharacters(text)
    .replaceAll('\t', '  ')
    .replaceAll(/[^\P{Cc}\n]|\p{Bidi_Control}/gu, '');
}

/** Lines of at most `width` characters, broken between words where there are any. */
export function wrap(text: string, width: number): string[] {
  return text.split('\n').flatMap((line) => wrapLine(line, width));
}

function wrapLine(line: string, width: number): string[] {
  const lines: string[] = [];
  let rest = line;
  while (rest.length > width) {
    const space = rest.lastIndexOf(' ', width);
    const end = space > 0 ? space : width;
    lines.push(rest.slice(0, end));
    rest = rest.slice(end).trimStart();
  }
  return [...lines, rest];
}

const GAP = '  │  ';
/** Narrower columns than this are harder to read than texts below one another. */
const LEAST_COLUMN = 30;

/** Texts beside one another, each under its head; below one another where the terminal is too narrow. */
export function sideBySide(texts: readonly { head: string; text: string }[], width: number): string[] {
  const column = Math.floor((width - GAP.length * (texts.length - 1)) / Math.max(1, texts.length));
  if (texts.length < 2 || column < LEAST_COLUMN)
    return texts.flatMap(({ head, text }, index) => [
      ...(index === 0 ? [] : ['']),
      head,
      ...wrap(text, width),
    ]);
  const columns = texts.map(({ head, text }) => [head, ...wrap(text, column)]);
  const height = Math.max(...columns.map((lines) => lines.length));
  return Array.from({ length: height }, (_, row) =>
    columns
      .map((lines) => (lines[row] ?? '').padEnd(column))
      .join(GAP)
      .trimEnd(),
  );
}
