import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRandom } from '../calibration/fit/random.ts';
import type { ReportData } from './report-data.ts';
import { reportFromRows } from './from-rows.ts';
import { renderReport } from './page.ts';
import { sampleFrame, sampleReport, sampleRows } from './testing.ts';

const data = sampleReport({ questions: 800 });
const page = renderReport(data);

/** The page as it is read: without style and tags, with plain blanks. */
function wordsOf(html: string): string {
  return html
    .replace(/<style>[\s\S]*?<\/style>/, '')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll('&gt;', '>')
    .replaceAll('&lt;', '<')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')
    .replaceAll(/[\s\u00A0]+/g, ' ');
}

test('the same data is the same page', () => {
  assert.equal(renderReport(sampleReport({ questions: 800 })), page);
});

test('it needs nothing from outside: no script, no address, and a policy that forbids both', () => {
  assert.match(
    page,
    /Content-Security-Policy"\s+content="default-src 'none'; style-src 'unsafe-inline'; img-src data:"/,
  );
  assert.doesNotMatch(page, /<script|https?:|url\((?!#)|@import|<link(?![^>]*href="data:,")/);
  assert.deepEqual(
    [...page.matchAll(/\s(?:src|href)="([^"]*)"/g)].map(([, target]) => target),
    ['data:,'],
  );
});

test('it says what is saved, what is lost, and how sure that is', () => {
  const words = wordsOf(page);
  const { relativeCost, loss } = data.result;
  assert.ok(words.includes(`${(relativeCost.value * 100).toFixed(1)} %`));
  assert.ok(
    words.includes(`${(relativeCost.lower * 100).toFixed(1)} to ${(relativeCost.upper * 100).toFixed(1)} %`),
  );
  assert.ok(words.includes(`${((loss?.value ?? NaN) * 100).toFixed(1).replace('-', '−')} %`));
  assert.ok(words.includes('Measured on 800 questions of support.jsonl.gz on which nothing was fitted'));
  assert.ok(words.includes('1,000 certify, 800 fit'));
});

test("the certificate's sentence stands there whole", () => {
  assert.match(wordsOf(page), /Certified Asked for: a quality loss of at most 2 %, with 90 % certainty\./);
  assert.ok(wordsOf(page).includes(data.certificate?.sentence ?? 'none'));
});

test('labels that both fit and certify are not counted as if they were two kinds', () => {
  const { certificate = assert.fail(), frontier } = data;
  const words = wordsOf(
    renderReport({
      ...data,
      certificate: { ...certificate, test: 'cross-fitted pairs' },
      frontier: { ...frontier, on: 'folds' },
    }),
  );
  assert.match(words, /test matched pairs, cross-fitted/);
  assert.match(words, /1,000 both fit and certify/);
  assert.match(
    words,
    /1,000 questions, each answered as the policy of the same price does that was fitted on/,
  );
  assert.doesNotMatch(words, /certify questions|800 fit/);
});

test('every section is there, each headed', () => {
  for (const id of ['promise', 'frontier', 'spend', 'confidence', 'groups', 'hardest'])
    assert.match(page, new RegExp(`<h2 id="${id}">`));
});

test('every id is used once, and what is referred to exists', () => {
  const ids = [...page.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id);
  assert.equal(new Set(ids).size, ids.length);
  const named = [...page.matchAll(/aria-labelledby="([^"]*)"/g)].flatMap(([, all]) => all?.split(' ') ?? []);
  assert.deepEqual(
    named.filter((id) => !ids.includes(id)),
    [],
  );
});

test('no number fails to be one', () => {
  for (const some of [page, renderReport(sampleReport({ questions: 2, certified: false }))])
    assert.doesNotMatch(wordsOf(some), /NaN|undefined|Infinity|\[object/);
});

test('what is not certified is called that, with what it would take', () => {
  const html = renderReport(sampleReport({ certified: false, questions: 300 }));
  const words = wordsOf(html);
  assert.match(
    words,
    /Every question still goes to large-405b: nothing cheaper is shown to be good enough yet/,
  );
  assert.match(words, /Not certified .* 1,000 labelled questions .* About 640 more/);
  assert.doesNotMatch(html, /<h2 id="promise">\s*Certified|<span>certified<\/span>/);
});

test('where so few questions could certify nothing it says how many that takes', () => {
  const few = sampleReport({ certified: false, questions: 300 });
  const words = wordsOf(renderReport({ ...few, frontier: { ...few.frontier, questions: 40 } }));
  assert.match(words, /40 labelled questions .* It takes at least 114, even if nothing is ever lost\./);
});

test('so few answers that they make one bin are not called all of several', () => {
  const words = wordsOf(renderReport(sampleReport({ questions: 12 })));
  assert.match(words, /So few answers make one bin, in which that (agrees|does not agree)\./);
  assert.doesNotMatch(words, / 1 bins/);
});

test('of very many groups the smaller ones are folded away, none is left out', () => {
  const [group = assert.fail()] = data.groups;
  const many = (count: number): ReportData => ({
    ...data,
    groups: Array.from({ length: count }, (_, index) => ({ ...group, group: `topic-${index}` })),
  });
  const folded = renderReport(many(75));
  const [seen = '', unfolded = ''] = folded.split('<summary>45 smaller groups</summary>');
  assert.ok(seen.includes('<b>topic-29</b>') && !seen.includes('<b>topic-30</b>'));
  assert.ok(unfolded.includes('<b>topic-30</b>') && unfolded.includes('<b>topic-74</b>'));
  assert.doesNotMatch(renderReport(many(35)), /smaller group/);
});

test('a stored version is named, and whether it knew the questions is said as far as it is known', () => {
  const judged = (unseen: boolean, from = {}) =>
    wordsOf(
      renderReport({
        ...data,
        frontier: { ...data.frontier, on: 'test' },
        judged: { madeAt: '2026-11-01T10:00:00.000Z', unseen, ...from },
      }),
    );
  const known = judged(true);
  assert.match(
    known,
    /Version 3f9ac0de41b7 , made 2026-11-01, measured on 800 questions of support\.jsonl\.gz that were asked after it was made: nothing was fitted/,
  );
  const unknown = judged(false, { madeFrom: 'autumn.jsonl' });
  assert.match(
    unknown,
    /made 2026-11-01 from autumn\.jsonl, .* It is not known whether it was fitted or chosen/,
  );
  assert.doesNotMatch(unknown, /on which nothing was fitted|nothing was fitted, certified/);
  for (const words of [known, unknown]) {
    assert.match(words, /the path that the version keeps, .* on the same 1,000 questions/);
    assert.match(words, /this version/);
    assert.doesNotMatch(words, /on the test questions|certify questions/);
  }
});

test('a policy made for money promises no quality, and says so', () => {
  const { certificate: _, ...rest } = data;
  const { limit: __, ...frontier } = rest.frontier;
  const free = { ...rest, frontier };
  const budget = wordsOf(renderReport({ ...free, objective: { budgetUsdPerRequest: 0.001 } }));
  assert.match(budget, /Not certified Asked for: at most \$0\.001 a request.* promises no quality/);
  const value = wordsOf(renderReport({ ...free, objective: { valueOfGoodAnswerUsd: 0.05 } }));
  assert.match(value, /where a good answer is worth \$0\.05/);
  for (const words of [budget, value]) {
    assert.match(words, /[\d,]+ questions that were not fitted on/);
    assert.doesNotMatch(words, /certify questions/);
  }
});

test('without scores and confidence it says what is not known, and shows the rest', () => {
  const rows = sampleRows(createRandom(5), 100).map((row) => ({ ...row, answers: {} }));
  const words = wordsOf(renderReport(reportFromRows(rows, sampleFrame(createRandom(6), true))));
  assert.match(words, /Quality loss not known the answers of large-405b have no scores/);
  assert.match(words, /no tier has both confidence and scores/);
  assert.match(words, /None: every answer that was served this surely was right|None/);
  assert.doesNotMatch(words, /NaN|undefined/);
});

test('nothing in the data can become markup', () => {
  const evil = '"><img src=x onerror=alert(1)></title></style><script>alert(1)</script>';
  const spoilt = JSON.parse(
    JSON.stringify(data, (_, value: unknown) =>
      typeof value === 'string' &&
      !/^\d{4}-/.test(value) &&
      !['exact', 'certify', 'loss', 'served', 'wasted', 'signals'].includes(value)
        ? evil
        : value,
    ),
  ) as ReportData;
  const html = renderReport(spoilt);
  assert.doesNotMatch(html, /<img|<script|onerror=alert\(1\)>/);
  for (const tag of ['title', 'style', 'section', 'svg', 'table', 'span'])
    assert.equal(
      html.match(new RegExp(`<${tag}[\\s>]`, 'g'))?.length,
      html.match(new RegExp(`</${tag}\\s*>`, 'g'))?.length,
      tag,
    );
});

test('a long text is folded, a short one is not, and empty lines are taken out', () => {
  const shown = data.hardest.nobodyRight.shown[0];
  assert.ok(shown !== undefined);
  const only = (question: string): string =>
    renderReport({
      ...data,
      hardest: { ...data.hardest, nobodyRight: { count: 1, shown: [{ ...shown, question }] } },
    });
  assert.match(
    only(`${'word '.repeat(100)}END`),
    /<summary>\s*<span class="text">[^<]*…<\/span\s*>\s*<\/summary>[\s\S]*END/,
  );
  assert.match(only('one\n\n\n two'), /<span class="text">one\ntwo<\/span>/);
});

test('where more was lost on the page’s own questions than the certificate promises, it says so beside the certificate', () => {
  const random = createRandom(3);
  const frame = sampleFrame(random, true);
  const { certificate = assert.fail() } = frame;
  const beside = (html: string): string =>
    /<section class="promise"[\s\S]*?<\/section>/.exec(html)?.[0] ?? '';
  // Nearly everything is served by the small tier: that loses much more than is promised.
  const lax = reportFromRows(sampleRows(random, 800, 0.05), frame);
  assert.ok((lax.result.loss?.lower ?? 0) > certificate.limit);
  assert.match(
    wordsOf(beside(renderReport(lax))),
    /On 800 other questions more was lost than is promised: .* where at most 2 % may be\. That is hardly chance/,
  );
  const strict = reportFromRows(sampleRows(random, 800, 0.985), frame);
  assert.ok((strict.result.loss?.value ?? 1) <= certificate.limit);
  assert.doesNotMatch(beside(renderReport(strict)), /more was lost/);
});
