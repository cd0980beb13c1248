import { stripVTControlCharacters } from 'node:util';

/** Removes what untrusted text could do to a terminal: move the cursor, colour the screen, ring, or change the writing direction. */
export function harmless(text: string): string {
  return stripVTControlCharacters(text)
    .replaceAll('\t', '  ')
    .replaceAll(/[^\P{Cc}\n]|\p{Bidi_Control}/gu, '');
}

/** Breaks text into lines of at most `width` characters, between words where possible. */
export function wrapText(text: string, width: number): string[] {
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
/** Columns narrower than this are harder to read than texts one below the other. */
const LEAST_COLUMN = 30;

/** Sets texts side by side, each under its head, or one below the other if the terminal is too narrow. */
export function sideBySide(texts: readonly { head: string; text: string }[], width: number): string[] {
  const column = Math.floor((width - GAP.length * (texts.length - 1)) / Math.max(1, texts.length));
  if (texts.length < 2 || column < LEAST_COLUMN)
    return texts.flatMap(({ head, text }, index) => [
      ...(index === 0 ? [] : ['']),
      head,
      ...wrapText(text, width),
    ]);
  const columns = texts.map(({ head, text }) => [head, ...wrapText(text, column)]);
  const height = Math.max(...columns.map((lines) => lines.length));
  return Array.from({ length: height }, (_, row) =>
    columns
      .map((lines) => (lines[row] ?? '').padEnd(column))
      .join(GAP)
      .trimEnd(),
  );
}
