/** One scenario as a picture: loss and cost over the questions. */
import { PROMISE, type Tick } from './run.ts';
import { QUESTIONS, type Scenario } from './scenarios.ts';
import type { Done } from './work.ts';

const WIDTH = 860;
const PANEL = 210;
const LEFT = 64;
const RIGHT = 190;
const TOP = 56;
const GAP = 44;
const MOST_LINES = 7;

interface Series {
  name: string;
  colour: string;
  runs: readonly (readonly Tick[])[];
  band: boolean;
}

export function picture({ name, what, changesAt }: Scenario, runs: readonly Done[]): string {
  const series: Series[] = [
    { name: 'the loop', colour: '#0b6e4f', runs: runs.map(({ result }) => result.ticks), band: true },
    {
      name: 'left alone since 3,000',
      colour: '#8a5a00',
      runs: runs.map(({ result }) => result.frozen),
      band: false,
    },
    {
      name: 'escalations only',
      colour: '#a1286a',
      runs: runs.flatMap(({ escalated }) => (escalated === undefined ? [] : [escalated])),
      band: false,
    },
  ];
  const height = TOP + 2 * PANEL + GAP + 48;
  const lossTop = upTo(
    0.02,
    Math.max(0.1, ...series.flatMap((each) => at(each.runs, 0.9, ({ loss }) => loss))),
  );
  const panels = [
    panel(TOP, 'quality lost', ({ loss }) => loss, [-0.02, lossTop], series, {
      at: PROMISE.maxQualityLoss,
      label: 'promised at most',
    }),
    panel(
      TOP + PANEL + GAP,
      'cost ÷ cost of always asking the last tier',
      ({ relativeCost }) => relativeCost,
      [0, 1.2],
      series,
    ),
  ];
  const change =
    changesAt === undefined
      ? ''
      : `<line x1="${x(changesAt)}" x2="${x(changesAt)}" y1="${TOP - 8}" y2="${height - 44}" stroke="#555" stroke-dasharray="2 3"/><text x="${x(changesAt) + 4}" y="${TOP - 10}">the change</text>`;
  const axis = Array.from({ length: 7 }, (_, step) => (step * QUESTIONS) / 6).map(
    (t) => `<text x="${x(t)}" y="${height - 24}" text-anchor="middle">${t}</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="12" fill="#222">
<rect width="${WIDTH}" height="${height}" fill="#fff"/>
<text x="${LEFT}" y="22" font-size="15" font-weight="600">${escape(name)}: ${escape(what)}</text>
${panels.join('\n')}
${change}
${axis.join('')}
<text x="${x(QUESTIONS / 2)}" y="${height - 8}" text-anchor="middle">questions (medians of ${runs.length} runs; of the loop also the middle 80 %)</text>
</svg>
`;
}

function x(t: number): number {
  return LEFT + (t / QUESTIONS) * (WIDTH - LEFT - RIGHT);
}

function panel(
  top: number,
  title: string,
  value: (tick: Tick) => number,
  [low, high]: readonly [number, number],
  series: readonly Series[],
  line?: { at: number; label: string },
): string {
  const step = [0.02, 0.04, 0.1, 0.2].find((each) => (high - low) / each <= MOST_LINES) ?? high - low;
  const y = (of: number): number =>
    top + PANEL - ((Math.min(high, Math.max(low, of)) - low) / (high - low)) * PANEL;
  const grid = Array.from(
    { length: Math.round((high - low) / step) + 1 },
    (_, count) => low + count * step,
  ).map(
    (of) =>
      `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(of)}" y2="${y(of)}" stroke="#e4e4e4"/><text x="${LEFT - 8}" y="${y(of) + 4}" text-anchor="end">${of.toFixed(2)}</text>`,
  );
  const shown = series.filter(({ runs }) => runs.length > 0);
  const ends = spread(shown.map(({ runs }) => y(at(runs, 0.5, value).at(-1) ?? low)));
  const drawn = shown.map(({ name, colour, runs, band }, index) => {
    const path = (share: number): string[] =>
      at(runs, share, value).map(
        (of, tick) => `${x(runs[0]?.[tick]?.t ?? 0).toFixed(1)},${y(of).toFixed(1)}`,
      );
    const area = band
      ? `<polygon points="${[...path(0.9), ...path(0.1).toReversed()].join(' ')}" fill="${colour}" opacity=".14"/>`
      : '';
    return `${area}<polyline points="${path(0.5).join(' ')}" fill="none" stroke="${colour}" stroke-width="2"/><text x="${WIDTH - RIGHT + 8}" y="${(ends[index] ?? 0) + 4}" fill="${colour}">${name}</text>`;
  });
  const promised =
    line === undefined
      ? ''
      : `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(line.at)}" y2="${y(line.at)}" stroke="#b00020" stroke-dasharray="5 4"/><text x="${LEFT + 6}" y="${y(line.at) - 5}" fill="#b00020">${line.label}</text>`;
  return `<text x="${LEFT}" y="${top - 10}" font-weight="600">${title}</text>${grid.join('')}${drawn.join('')}${promised}`;
}

const upTo = (step: number, value: number): number => step * Math.ceil(value / step - 1e-9);

/** Moves labels apart that would overlap. */
function spread(positions: readonly number[]): number[] {
  const order = [...positions.keys()].toSorted((a, b) => (positions[a] ?? 0) - (positions[b] ?? 0));
  const moved = [...positions];
  for (const [rank, index] of order.entries()) {
    const before = order[rank - 1];
    if (before !== undefined) moved[index] = Math.max(moved[index] ?? 0, (moved[before] ?? 0) + 15);
  }
  return moved;
}

/** For each tick, the quantile of the runs' values. */
function at(runs: readonly (readonly Tick[])[], share: number, value: (tick: Tick) => number): number[] {
  const [first = []] = runs;
  return first.map((_, step) => {
    const values = runs
      .map((ticks) => value(ticks[step] ?? { t: 0, loss: NaN, relativeCost: NaN }))
      .toSorted((a, b) => a - b);
    return values[Math.min(values.length - 1, Math.floor(share * values.length))] ?? NaN;
  });
}

const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
