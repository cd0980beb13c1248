import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { html } from './markup.ts';

test('what is put in is escaped, markup is not, and lists are joined', () => {
  const inner = html`<b>${'a < b & "c" > \'d\''}</b>`;
  assert.equal(inner.text, '<b>a &lt; b &amp; &quot;c&quot; &gt; &#39;d&#39;</b>');
  assert.equal(
    html`<p class="${'x" onload="y'}">${[inner, ' ', 3, undefined]}</p>`.text,
    `<p class="x&quot; onload=&quot;y">${inner.text} 3</p>`,
  );
});

test('no text can open a tag, leave an attribute or be taken for an entity', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const { text: written } = html`${text}`;
      assert.doesNotMatch(written, /[<>"']/);
      assert.doesNotMatch(written, /&(?!(?:amp|lt|gt|quot|#39);)/);
      const entities = { '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'", '&amp;': '&' } as const;
      const read = written.replaceAll(
        /&(?:lt|gt|quot|#39|amp);/g,
        (entity) => entities[entity as keyof typeof entities],
      );
      assert.equal(read, text);
    }),
  );
});
