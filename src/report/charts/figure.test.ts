import assert from 'node:assert/strict';
import { test } from 'node:test';
import { foldedNumbers, htmlTable, svgPicture } from './figure.ts';
import { html } from './markup.ts';
import { svgBox, svgCircle, svgLine, svgPath, svgText } from './shapes.ts';

test('a picture is named and described for those who do not see it', () => {
  const { text: markup } = svgPicture(
    { id: 'x', title: 'A < B', description: 'It falls.' },
    { width: 30, height: 20 },
    'in',
  );
  assert.match(markup, /role="img"\s+aria-labelledby="x-title x-desc"/);
  assert.match(markup, /<title id="x-title">\s*A &lt; B\s*<\/title>/);
  assert.match(markup, /<desc id="x-desc">\s*It falls\.\s*<\/desc>/);
  assert.match(markup, /viewBox="0 0 30 20"/);
});

test('a table says what it is, heads its columns and rows, and labels its cells', () => {
  const columns = [{ head: 'tier' }, { head: html`cost<br />%`, label: 'cost in %', number: true }];
  const { text: markup } = htmlTable(
    'Costs',
    columns,
    [
      ['small', 1],
      ['large', html`<b>9</b>`],
    ],
    'cards',
  );
  assert.match(markup, /<caption>\s*Costs\s*<\/caption>/);
  assert.match(markup, /role="region"\s+aria-label="Costs"\s+tabindex="0"/);
  assert.equal(markup.match(/scope="col"/g)?.length, 2);
  assert.equal(markup.match(/scope="row"/g)?.length, 2);
  assert.match(markup, /data-label="cost in %"[^>]*>\s*<span><b>9<\/b><\/span>/);
  assert.equal(markup.match(/role="row"/g)?.length, 3);
});

test('numbers are folded away, and there', () => {
  assert.match(foldedNumbers('12').text, /<details>\s*<summary>The numbers<\/summary>\s*12\s*<\/details>/);
});

test('shapes round their coordinates, and a box has no negative size', () => {
  assert.match(svgLine('a', [1.23456, 2], [3, 4]).text, /class="a" x1="1.23" y1="2" x2="3" y2="4"/);
  assert.match(svgCircle('b', [1, 2], 3).text, /class="b" cx="1" cy="2" r="3"/);
  const { text: turned } = svgBox('c', [10, 8], [4, 2]);
  assert.deepEqual(turned.match(/="[^"]*"/g), ['="c"', '="4"', '="2"', '="6"', '="6"']);
  assert.match(
    svgPath('d', [
      [1, 2],
      [3, 4],
    ]).text,
    /d="M1 2L3 4"/,
  );
  assert.match(
    svgPath(
      'd',
      [
        [1, 2],
        [3, 4],
      ],
      true,
    ).text,
    /d="M1 2L3 4Z"/,
  );
  assert.match(svgPath('d', []).text, /d=""/);
  assert.match(svgText('e', [1, 2], 'a & b', 'end').text, /text-anchor="end"\s*>a &amp; b</);
});
