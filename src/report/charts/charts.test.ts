import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Frontier, FrontierPoint } from '../../learning/tuning/frontier.ts';
import { frontierChart } from './frontier-chart.ts';
import { reliabilityChart } from './reliability-chart.ts';
import { sampleReport } from '../testing.ts';

const data = sampleReport({ questions: 600 });

const point = (
  relativeCost: number,
  loss: number,
  certified: boolean,
  priceOfQuality?: number,
): FrontierPoint => ({
  relativeCost,
  loss: { value: loss, lower: loss - 0.01, upper: loss + 0.01 },
  certified,
  ...(priceOfQuality === undefined ? {} : { priceOfQuality }),
});
const always = point(1, 0, true);
const frontier: Frontier = {
  measures: 'loss',
  on: 'certify',
  questions: 500,
  points: [always, point(0.8, 0, true, 9), point(0.5, 0.01, true, 5), point(0.3, 0.04, false, 2)],
  chosen: 2,
  limit: 0.02,
};
const result = {
  relativeCost: { value: 0.52, lower: 0.5, upper: 0.54 },
  loss: { value: 0.012, lower: 0.002, upper: 0.022 },
};
const draw = (
  changes: Partial<Frontier> = {},
  more = result as Parameters<typeof frontierChart>[0]['result'],
): string =>
  frontierChart({
    id: 'f',
    width: 700,
    height: 400,
    frontier: { ...frontier, ...changes },
    last: 'large',
    result: more,
  }).text;

/** Every number that says where something is. */
function coordinates(svg: string): number[] {
  const attributes = [...svg.matchAll(/ (?:x|y|x1|x2|y1|y2|cx|cy|d)="([^"]*)"/g)].map(
    ([, value]) => value ?? '',
  );
  return attributes.flatMap((value) => value.match(/-?[\d.]+(?:e-?\d+)?|NaN|Infinity/g) ?? []).map(Number);
}

test('the frontier names the chosen point, the test result, always-last and what is asked for', () => {
  const svg = draw();
  for (const words of [
    '>chosen<',
    '>on the test questions<',
    '>always large<',
    '>asked for: at most 2\u00A0%<',
  ])
    assert.ok(svg.includes(words), words);
  assert.match(svg, /50\.0\u00A0% cost, 1\.0\u00A0% loss/);
  assert.match(svg, /52\.0\u00A0% cost, 1\.2\u00A0% loss/);
});

/** Whether two labels stand over each other, each letter about as wide as it is on the page. */
function overlapping(svg: string): string[] {
  const labels = [
    ...svg.matchAll(/<text class="label[^"]*" x="([^"]*)" y="([^"]*)" text-anchor="(\w+)">([^<]*)</g),
  ].map(([, x, y, anchor, words = '']) => {
    const width = words.length * 6;
    const left = anchor === 'end' ? Number(x) - width : Number(x);
    return { words, left, right: left + width, base: Number(y) };
  });
  return labels.flatMap((one, index) =>
    labels
      .slice(index + 1)
      .filter(
        (other) => one.left < other.right && other.left < one.right && Math.abs(one.base - other.base) < 12,
      )
      .map((other) => `${one.words} / ${other.words}`),
  );
}

test('no label stands over another: where little is saved, where all is, and in a narrow picture', () => {
  const at = (cost: number, loss: number) => ({
    frontier: {
      ...frontier,
      points: [always, point(cost, loss, true, 9), point(cost / 2, 0.1, false, 2)],
      chosen: 1,
    },
    result: {
      relativeCost: { value: cost, lower: cost, upper: cost },
      loss: { value: loss - 0.002, lower: loss - 0.02, upper: loss + 0.01 },
    },
  });
  for (const [width, height] of [
    [700, 400],
    [350, 350],
  ] as const)
    for (const last of ['large', 'gpt-4-1106-preview'])
      for (const cost of [0.01, 0.2, 0.5, 0.8, 0.95, 1])
        for (const loss of [-0.2, -0.05, 0, 0.005, 0.015, 0.019])
          for (const limit of [0.02, 0.05]) {
            const picture = at(cost, loss);
            const svg = frontierChart({
              id: 'f',
              width,
              height,
              last,
              result: picture.result,
              frontier: { ...picture.frontier, limit },
            }).text;
            const where = `${width} wide, ${last}, cost ${cost}, loss ${loss} of ${limit}`;
            assert.deepEqual(overlapping(svg), [], where);
          }
});

test('the certified part of the path is a line of its own, and always-last is not on it', () => {
  const lines = [...draw().matchAll(/class="line( open)?" d="([^"]*)"/g)].map(([, open, d]) => [
    open,
    d?.split(/[ML]/).length,
  ]);
  // A leading empty part, then one for each point; the open part begins where the certified one ends.
  assert.deepEqual(lines, [
    [' open', 3],
    [undefined, 3],
  ]);
});

test('where always-last is chosen it says so, and there is nothing else to name', () => {
  const svg = draw({ chosen: 0 });
  assert.ok(svg.includes('>always large, chosen<'));
  assert.ok(!svg.includes('>on the test questions<') && !svg.includes('class="chosen"'));
});

test('without a quality that is asked for there is no line of it', () => {
  const { limit: _, ...free } = frontier;
  const svg = frontierChart({ id: 'f', width: 350, height: 300, frontier: free, last: 'large', result }).text;
  assert.ok(!svg.includes('asked for') && !svg.includes('class="limit"'));
});

test('without scores on the test rows there is no cross', () => {
  assert.ok(!draw({}, { relativeCost: result.relativeCost }).includes('class="test"'));
});

test('every coordinate of every chart is a number', () => {
  const odd: Partial<Frontier>[] = [
    {},
    { points: [always], chosen: 0 },
    { points: [always, point(0.5, 0.3, false, 1)], chosen: 1 },
    { points: [always, point(2, -0.1, true, 1)], chosen: 1 },
    { points: [always, point(0, 0, true, 1), point(0, 0, true, 0.5)], chosen: 2, limit: 1e-6 },
  ];
  for (const svg of [
    ...odd.map((changes) => draw(changes)),
    ...data.confidence.map((panel) => reliabilityChart('r', panel).text),
  ]) {
    const all = coordinates(svg);
    assert.ok(all.length > 10);
    assert.deepEqual(
      all.filter((value) => !Number.isFinite(value)),
      [],
    );
  }
});

test('what is outside the interval is marked, and only that', () => {
  const [panel] = data.confidence;
  assert.ok(panel !== undefined);
  const at = (predicted: number, observed: number) => ({
    predicted,
    observed,
    mass: 50,
    variance: 0.01,
    lower: observed - 0.1,
    upper: observed + 0.1,
  });
  const svg = reliabilityChart('r', {
    ...panel,
    reliability: [at(0.3, 0.35), at(0.5, 0.8), at(0.9, 0.85)],
  }).text;
  assert.equal(svg.match(/class="as-said"/g)?.length, 2);
  assert.equal(svg.match(/class="not-as-said"/g)?.length, 1);
});

test('the bars of right and wrong answers share a scale', () => {
  const [panel] = data.confidence;
  assert.ok(panel !== undefined);
  const histogram = [
    { right: 0, wrong: 30 },
    { right: 60, wrong: 0 },
  ];
  const svg = reliabilityChart('r', { ...panel, histogram }).text;
  const heights = (kind: string): number[] =>
    [...svg.matchAll(new RegExp(`<rect\\s+class="${kind}"[^>]*?height="([^"]*)"`, 'g'))].map(([, height]) =>
      Number(height),
    );
  const [right, wrong] = [Math.max(...heights('right')), Math.max(...heights('wrong'))];
  assert.ok(Math.abs(right / wrong - 2) < 0.01, `${right} and ${wrong}`);
  assert.ok(svg.includes('>60 right<') && svg.includes('>30 wrong<'));
});
