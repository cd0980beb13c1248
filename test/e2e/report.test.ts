/** The report's page in a real browser: it asks for nothing, fits, can be read, and holds the data's numbers. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { chromium, type Browser, type Page } from 'playwright-core';
import type { ReportData } from '../../src/report/report-data.ts';
import { renderReport } from '../../src/report/page.ts';
import { sampleReport } from '../../src/report/testing.ts';
import { chromiumPath } from './chromium.ts';

const skip = chromiumPath === undefined && 'there is no Chromium here; WEIR_CHROMIUM names one';

/**
 * Runs in the page: every text that is seen with a contrast under 4.5 : 1 (3 : 1 where it is large), by the colours that
 * are computed for it and for the nearest ground behind it.
 */
const FAINT_TEXTS = `(() => {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const rgba = (color) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const luminance = (color) => {
    const [r, g, b] = rgba(color).map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    for (let at = element; at !== null; at = at.parentElement) {
      const color = getComputedStyle(at).backgroundColor;
      if (rgba(color)[3] === 255) return color;
    }
    return 'white';
  };
  const faint = [];
  let seen = 0;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (walker.currentNode.data.trim() === '' || !element.checkVisibility() || element.closest('title, desc')) continue;
    const style = getComputedStyle(element);
    const color = element instanceof SVGElement ? style.fill : style.color;
    const [high, low] = [luminance(color), luminance(ground(element))].toSorted((a, b) => b - a);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const contrast = (high + 0.05) / (low + 0.05);
    seen += 1;
    if (contrast < (large ? 3 : 4.5)) faint.push(walker.currentNode.data.trim() + ': ' + contrast.toFixed(2));
  }
  return { seen, faint };
})()`;

/** Runs in the page: the words of every cell of a section's tables, seen or folded. */
const cellsOf = (section: string): string => `[...document.querySelectorAll(
  'section[aria-labelledby="${section}"] table')].flatMap((table) => [...table.tBodies[0].rows].map((row) =>
    [...row.cells].map((cell) => cell.textContent.replaceAll(/\\s+/g, ' ').trim())))`;

const percent = (share: number, digits = 1): string =>
  `${(share * 100)
    .toFixed(digits)
    .replace(/^-(?=[0.]*$)/, '')
    .replace('-', '−')} %`;

describe("the report's page in a browser", { skip }, () => {
  const data: ReportData = sampleReport();
  const folder = mkdtempSync(join(tmpdir(), 'weir-report-'));
  const file = join(folder, 'report.html');
  let browser: Browser;

  before(async () => {
    writeFileSync(file, renderReport(data));
    // Containers have no sandbox of their own for a browser; the page is ours.
    browser = await chromium.launch({ executablePath: chromiumPath ?? '', args: ['--no-sandbox'] });
  });
  after(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const opened = new Map<string, Promise<{ page: Page; heard: string[] }>>();
  /** The page at a width and in a scheme, with what it asked for and complained of; the same one every time. */
  function open(width: number, scheme: 'light' | 'dark'): Promise<{ page: Page; heard: string[] }> {
    const key = `${width} ${scheme}`;
    const known = opened.get(key) ?? openNew(width, scheme);
    opened.set(key, known);
    return known;
  }

  async function openNew(
    width: number,
    colorScheme: 'light' | 'dark',
  ): Promise<{ page: Page; heard: string[] }> {
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
    const heard: string[] = [];
    page.on('request', (request) => void heard.push(`request ${request.url()}`));
    page.on('console', (message) => void heard.push(`console ${message.text()}`));
    page.on('pageerror', (error) => void heard.push(`error ${error.message}`));
    await page.goto(pathToFileURL(file).href);
    return { page, heard };
  }

  for (const [width, scheme] of [
    [1280, 'light'],
    [1280, 'dark'],
    [390, 'light'],
    [390, 'dark'],
    [320, 'light'],
  ] as const) {
    test(`${width} pixels wide, ${scheme}: nothing is asked for, nothing sticks out, every text has contrast`, async () => {
      const { page, heard } = await open(width, scheme);
      // The page itself, and its empty icon where the browser counts that.
      assert.deepEqual(
        heard.filter((line) => !/^request (file:.*\/report\.html|data:,)$/.test(line)),
        [],
      );
      const widest = await page.evaluate<number>('document.documentElement.scrollWidth');
      assert.equal(widest, width, 'the page scrolls sideways');
      await page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })");
      assert.equal(await page.evaluate<number>('document.documentElement.scrollWidth'), width, 'unfolded');
      const { seen, faint } = await page.evaluate<{ seen: number; faint: string[] }>(FAINT_TEXTS);
      assert.ok(seen > 300, `${seen} texts`);
      assert.deepEqual(faint, []);
    });
  }

  test('one of the two pictures of the frontier is seen, the one for the width', async () => {
    const shown = `[...document.querySelectorAll('figure.beside > svg')].filter((svg) => svg.checkVisibility()).map((svg) => svg.classList.value)`;
    const [wide, narrow] = [await open(1280, 'light'), await open(390, 'light')];
    assert.deepEqual(await wide.page.evaluate(shown), ['wide']);
    assert.deepEqual(await narrow.page.evaluate(shown), ['narrow']);
  });

  test('a table that becomes cards on a narrow page needs no scrolling of its own', async () => {
    const { page } = await open(390, 'light');
    const wide = await page.evaluate<string[]>(`[...document.querySelectorAll('.scroll:has(.cards)')]
      .filter((each) => each.scrollWidth > each.clientWidth).map((each) => each.getAttribute('aria-label'))`);
    assert.deepEqual(wide, []);
  });

  test('no word of a picture lies outside it, wide or narrow', async () => {
    for (const width of [1280, 390]) {
      const { page } = await open(width, 'light');
      const outside = await page.evaluate<string[]>(`[...document.querySelectorAll('svg[role=img]')]
        .filter((svg) => svg.checkVisibility()).flatMap((svg) => {
          const frame = svg.getBoundingClientRect();
          return [...svg.querySelectorAll('text')].filter((text) => {
            const box = text.getBoundingClientRect();
            return box.left < frame.left - 6 || box.right > frame.right + 6 || box.top < frame.top - 6 || box.bottom > frame.bottom + 6;
          }).map((text) => text.textContent);
        })`);
      assert.deepEqual(outside, []);
    }
  });

  test("the frontier's table has every point, and marks the chosen one", async () => {
    const { page } = await open(1280, 'light');
    const rows = await page.evaluate<string[][]>(cellsOf('frontier'));
    assert.deepEqual(
      rows.map(([, cost, loss]) => [cost, loss]),
      data.frontier.points.map(({ relativeCost, loss }) => [percent(relativeCost), percent(loss.value)]),
    );
    assert.equal(
      rows.findIndex((row) => row.at(-1) === 'chosen'),
      data.frontier.chosen,
    );
  });

  test('the tables of spending, calibration and groups hold the numbers of the data', async () => {
    const { page } = await open(1280, 'light');
    const spend = await page.evaluate<string[][]>(cellsOf('spend'));
    assert.deepEqual(
      spend.slice(0, data.spend.length).map(([, , cost, , calls]) => [cost, calls]),
      data.spend.map(({ relativeCost, calls }) => [percent(relativeCost), calls.toLocaleString('en-US')]),
    );
    const confidence = await page.evaluate<string[][]>(cellsOf('confidence'));
    const bins = data.confidence.flatMap(({ reliability }) => reliability);
    assert.deepEqual(
      confidence.slice(0, bins.length).map(([said, right]) => [said, right]),
      bins.map(({ predicted, observed }) => [percent(predicted), percent(observed)]),
    );
    assert.deepEqual(
      confidence.slice(bins.length).map((row) => row.slice(4)),
      data.confidence.map(({ debiasedEce, ece, brier, logLoss, auroc }) =>
        [debiasedEce, ece, brier, logLoss, auroc].map((value) => value?.toFixed(3)),
      ),
    );
    const groups = await page.evaluate<string[][]>(cellsOf('groups'));
    assert.deepEqual(
      groups.map(([group, questions]) => [group, questions]),
      data.groups.map(({ group, questions }) => [group, questions.toLocaleString('en-US')]),
    );
    groups.forEach((row, index) => {
      const loss = data.groups[index]?.loss?.value ?? NaN;
      assert.ok(row.at(-2)?.startsWith(percent(loss)), `${row.at(-2)} is not ${percent(loss)}`);
    });
  });

  test('on paper it is black on white even where the screen is dark', async () => {
    const { page } = await openNew(1280, 'dark');
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    const colours = await page.evaluate(
      '[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]',
    );
    assert.deepEqual(colours, ['rgb(255, 255, 255)', 'rgb(0, 0, 0)']);
    assert.deepEqual((await page.evaluate<{ faint: string[] }>(FAINT_TEXTS)).faint, []);
  });

  test('a group with a name of two hundred letters pushes nothing out of sight', async () => {
    const name = 'x'.repeat(200);
    const { confidentlyWrong } = data.hardest;
    const long = join(folder, 'long.html');
    writeFileSync(
      long,
      renderReport({
        ...data,
        groups: data.groups.map((each, index) => (index === 0 ? { ...each, group: name } : each)),
        hardest: {
          ...data.hardest,
          confidentlyWrong: {
            ...confidentlyWrong,
            shown: confidentlyWrong.shown.map((each) => ({ ...each, group: name })),
          },
        },
      }),
    );
    for (const width of [1280, 390]) {
      const page = await browser.newPage({ viewport: { width, height: 900 } });
      await page.goto(pathToFileURL(long).href);
      assert.equal(await page.evaluate<number>('document.documentElement.scrollWidth'), width);
      const hidden = await page.evaluate<number>(`(() => {
        const each = document.querySelector('section[aria-labelledby="groups"] .scroll');
        return each.scrollWidth - each.clientWidth; })()`);
      assert.ok(hidden <= 0, `${hidden} pixels of the table are out of sight, ${width} wide`);
      await page.close();
    }
  });

  test('what is in the traces stays text', async () => {
    const { page } = await open(390, 'light');
    assert.equal(await page.evaluate('document.scripts.length'), 0);
    const [first] = data.hardest.confidentlyWrong.shown.filter(({ question }) => question !== undefined);
    const asked = await page.evaluate<string[]>(
      `[...document.querySelectorAll('.questions .text')].map((each) => each.textContent)`,
    );
    const question = first?.question ?? '';
    assert.ok(question.includes('<§'));
    assert.ok(asked.includes(question));
  });
});
