import { html, type Content, type Markup } from './markup.ts';

/** What a picture is, for those who do not see it. */
export interface Described {
  /** Unique on the page. */
  id: string;
  title: string;
  description: string;
}

/** A picture of its own size, that shrinks where there is less room. */
export function svg(
  { id, title, description }: Described,
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

export interface Column {
  head: Content;
  /** Numbers stand right, under one another. */
  number?: boolean;
}

/** A table whose first cell of each row heads it; where it is wider than the page it scrolls by itself. */
export function table(
  caption: string,
  columns: readonly Column[],
  rows: readonly (readonly Content[])[],
  name = '',
): Markup {
  const kind = (index: number): string => (columns[index]?.number === true ? 'number' : 'words');
  const cell = (content: Content, index: number): Markup =>
    index === 0
      ? html`<th scope="row" class="${kind(index)}">${content}</th>`
      : html`<td class="${kind(index)}">${content}</td>`;
  return html`<div class="scroll" role="region" aria-label="${caption}" tabindex="0">
    <table class="${name}">
      <caption>
        ${caption}
      </caption>
      <thead>
        <tr>
          ${columns.map(({ head }, index) => html`<th scope="col" class="${kind(index)}">${head}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr>
              ${row.map(cell)}
            </tr> `,
        )}
      </tbody>
    </table>
  </div>`;
}

/** The numbers of a picture, folded away. */
export function numbersOf(content: Content): Markup {
  return html`<details>
    <summary>The numbers</summary>
    ${content}
  </details>`;
}
