import { html, type Content, type Markup } from './markup.ts';

/** What a picture shows, in words for readers who cannot see it. */
export interface PictureText {
  /** Unique on the page. */
  id: string;
  title: string;
  description: string;
}

/** A picture of a given size, which shrinks if there is less room. */
export function svgPicture(
  { id, title, description }: PictureText,
  { width, height, name = '' }: { width: number; height: number; name?: string },
  content: Content,
): Markup {
  return html`<svg
    class="${name}"
    role="img"
    aria-labelledby="${id}-title ${id}-desc"
    viewBox="0 0 ${width} ${height}"
    width="${width}"
    height="${height}"
  >
    <title id="${id}-title">${title}</title>
    <desc id="${id}-desc">${description}</desc>
    ${content}
  </svg>`;
}

export interface TableColumn {
  head: Content;
  /** The heading as plain text, shown before each cell on a narrow page; the heading itself by default. */
  label?: string;
  /** Numbers are aligned right. */
  number?: boolean;
}

/**
 * A table; the first cell of each row is its heading. If it is wider than the page it scrolls by itself, or, with `cards`
 * among its class names, each row becomes a block of its own. That style removes the table's meaning, so ARIA roles restore
 * it.
 */
export function htmlTable(
  caption: string,
  columns: readonly TableColumn[],
  rows: readonly (readonly Content[])[],
  names = '',
): Markup {
  const kind = (index: number): string => (columns[index]?.number === true ? 'number' : 'words');
  const label = ({ head, label: words }: TableColumn): string =>
    words ?? (typeof head === 'string' ? head : '');
  const cell = (content: Content, index: number): Markup =>
    index === 0
      ? html`<th scope="row" role="rowheader" class="${kind(index)}">${content}</th>`
      : html`<td role="cell" class="${kind(index)}" data-label="${label(columns[index] ?? { head: '' })}">
          <span>${content}</span>
        </td>`;
  const head = columns.map(
    (column, index) => html`<th scope="col" role="columnheader" class="${kind(index)}">${column.head}</th>`,
  );
  return html`<div class="scroll" role="region" aria-label="${caption}" tabindex="0">
    <table role="table" class="${names}">
      <caption>
        ${caption}
      </caption>
      <thead role="rowgroup">
        <tr role="row">
          ${head}
        </tr>
      </thead>
      <tbody role="rowgroup">
        ${rows.map(
          (row) =>
            html`<tr role="row">
              ${row.map(cell)}
            </tr> `,
        )}
      </tbody>
    </table>
  </div>`;
}

/** The numbers behind a picture, folded away. */
export function foldedNumbers(content: Content): Markup {
  return html`<details>
    <summary>The numbers</summary>
    ${content}
  </details>`;
}
