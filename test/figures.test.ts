/** Figures and examples that documents state are recomputed: each is what its command, its table or its schema says. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { configKeys } from '../src/config/load/keys.ts';
import { savings } from '../src/learning/tuning/savings.ts';
import { codeSpans, rowsOf } from './markdown.ts';
import { filesOf, root, textOf } from './project.ts';

/** The text between the bars of a table's row. */
const cells = (row: string): string[] => row.split(/(?<!\\)\|/).map((cell) => cell.trim());

test(
  'what the README says that a certified policy costs is what its command prints',
  { timeout: 600_000 },
  () => {
    const readme = textOf('README.md');
    const [, command = ''] = /npm run -s weir -- (tune demo\/traces\S+ .*)/.exec(readme) ?? [];
    const [, stated] = /by the command above, costs (\d+) %\s+of\s+what/.exec(readme) ?? [];
    const { stdout, stderr } = spawnSync(
      process.execPath,
      [join(root, 'src/cli/main.ts'), ...command.split(' '), '--json'],
      { cwd: root, encoding: 'utf8', maxBuffer: 1e9 },
    );
    const { version } = JSON.parse(stdout) as { version?: { evidence: { relativeCost: number } } };
    assert.equal(String(Math.round((version?.evidence.relativeCost ?? NaN) * 100)), stated, stderr);
  },
);

test('how often promises without a test are broken is what the measurements say', () => {
  const results = textOf('bench/RESULTS.md');
  const [, table = ''] = /(\| tiers \| loss promised \| certified: cost[^]*?)\n\n/.exec(results) ?? [];
  const broken = table
    .split('\n')
    .slice(2)
    .map((row) => Number(cells(row)[7]));
  const some = broken.filter((share) => share > 0);
  const words = ['thirteen', 'fourteenth'];
  assert.deepEqual([some.length, broken.length], [13, 14], 'the numbers of measurements in words below');
  const page = textOf('docs/how-calibration-works.md').replaceAll(/\s+/g, ' ');
  assert.ok(
    page.includes(
      `in ${Math.round(100 * Math.min(...some))} to ${Math.round(100 * Math.max(...some))} % of the splits of ${words[0] ?? ''} measurements, and in none of a ${words[1] ?? ''}`,
    ),
  );
});

test('the arithmetic of a cascade in the documents is what `weir savings` calculates', () => {
  const page = textOf('docs/cli.md').replaceAll(/\s+/g, ' ');
  const two = savings({ tiers: [{ price: 1, kept: 0.7 }], lastPrice: 20 });
  assert.ok(
    page.includes(
      `--small-price 1 --large-price 20 --kept 0.7\` says ${Math.round(two.relativeCost * 100)} %`,
    ),
  );
  const tiers = [
    { price: 0.05, kept: 0.7 },
    { price: 0.2, kept: 0.7 },
  ];
  const short = (cost: number): string => cost.toFixed(2).replace(/^0/, '');
  const cached = savings({ tiers, lastPrice: 1, cached: 0.25 }).relativeCost;
  assert.ok(
    page.includes(
      `.05 + .3 × .2 + .3 × .3 = ${short(savings({ tiers, lastPrice: 1 }).relativeCost)}, and ${short(cached)} with \`--cache 0.25\``,
    ),
  );
});

test('every default in docs/configuration.md is the one of the schema', () => {
  const rows = rowsOf(textOf('docs/configuration.md'), 'key');
  const wrong = configKeys().flatMap(({ path, default: value }) => {
    // key | type | default | meaning
    const shown = cells(rows.get(path) ?? '')[3];
    const [, written] = /^`([^`]*)`$/.exec(shown ?? '') ?? [];
    if (value === undefined) return written === undefined ? [] : [`${path}: ${written}`];
    return written !== undefined && JSON.stringify(parse(written)) === JSON.stringify(value)
      ? []
      : [`${path}: ${shown} is not ${JSON.stringify(value)}`];
  });
  assert.deepEqual(wrong, []);
});

test('settings that the documents write in a sentence are YAML as they stand', () => {
  const keys = new Set(configKeys().flatMap(({ path }) => path.replaceAll('[]', '').split('.')));
  for (const path of filesOf('README.md', 'docs/**/*.md'))
    for (const span of codeSpans(textOf(path))) {
      const [, key = ''] = /^([a-zA-Z]+): \S/.exec(span) ?? [];
      // `…` stands for anything.
      if (!keys.has(key) || span.includes('…')) continue;
      assert.doesNotThrow(() => parse(span) as unknown, `${path}: ${span}`);
      assert.equal(typeof parse(span), 'object', `${path}: ${span}`);
    }
});
