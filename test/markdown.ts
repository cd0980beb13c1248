/** Reads the parts of Markdown that the documents share with the sources: tables, headings, links, code spans. */

export interface Table {
  /** First cell of the head, in lower case: what the table lists. */
  lists: string;
  /** By the code span in the first cell; several spans in one cell share the row. */
  rows: ReadonlyMap<string, string>;
}

const CODE_SPAN = /`([^`]+)`/g;

function withoutFences(markdown: string): string {
  return markdown.replaceAll(/^(```|~~~).*?^\1/gms, '');
}

export function codeSpans(markdown: string): string[] {
  return [...withoutFences(markdown).matchAll(CODE_SPAN)].map(([, code = '']) => code);
}

function firstCell(row: string): string {
  return /^\|((?:\\\||[^|])*)/.exec(row)?.[1]?.trim() ?? '';
}

export function tables(markdown: string): Table[] {
  const blocks = withoutFences(markdown).match(/(?:^\|.*\n?)+/gm) ?? [];
  return blocks.map((block) => {
    const [head = '', , ...body] = block.trim().split('\n');
    const rows = body.flatMap((row) =>
      codeSpans(firstCell(row)).map((name): [string, string] => [name, row]),
    );
    return { lists: firstCell(head).toLowerCase(), rows: new Map(rows) };
  });
}

/** All rows of the tables whose first head cell is `lists`. */
export function rowsOf(markdown: string, lists: string): Map<string, string> {
  return new Map(tables(markdown).flatMap((table) => (table.lists === lists ? [...table.rows] : [])));
}

export interface Section {
  /** 1 for the title of the page. */
  level: number;
  heading: string;
  text: string;
}

/** Each heading without its code marks, with the text up to the next heading. */
export function sections(markdown: string): Section[] {
  return [...withoutFences(markdown).matchAll(/^(#{1,6}) +(.*)\n?((?:(?!#{1,6} ).*\n?)*)/gm)].map(
    ([, marks = '', heading = '', text = '']) => ({
      level: marks.length,
      heading: heading.replaceAll('`', '').trim(),
      text,
    }),
  );
}

/** The anchors that GitHub gives the headings of a page. */
export function anchors(markdown: string): string[] {
  return sections(markdown).map(({ heading }) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(/\s/g, '-'),
  );
}

/** Targets of links and pictures that are not addresses on the network. */
export function relativeLinks(markdown: string): string[] {
  const prose = withoutFences(markdown).replaceAll(CODE_SPAN, '');
  return [...prose.matchAll(/\]\(<?([^)\s>]+)>?[^)]*\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z][a-z+.-]*:/i.test(target));
}
