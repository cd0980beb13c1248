/** Holds docs/architecture.md, "Who may import whom", and the habits a program can check. */
import assert from 'node:assert/strict';
import { builtinModules } from 'node:module';
import { test } from 'node:test';
import { Visitor } from 'oxc-parser';
import { importsOf, parse, targetOf, type Import } from './imports.ts';
import { filesOf, isTest, textOf } from './project.ts';

interface Row {
  /** Unit → what it may import: whole units, or single files as `http/admin`. */
  imports: readonly string[];
  /** … and what it may import types of. */
  types: readonly string[];
}

/** "schemas" stands for the schema files of every unit: `schema.ts` and `…-schema.ts`. */
const MAY_IMPORT: Record<string, Row> = {
  calibration: { imports: [], types: [] },
  errors: { imports: [], types: [] },
  telemetry: { imports: [], types: [] },
  format: { imports: [], types: [] },
  openai: { imports: ['errors'], types: [] },
  routing: { imports: ['calibration'], types: ['openai'] },
  traces: { imports: ['format'], types: ['routing'] },
  upstream: { imports: ['openai', 'traces', 'errors', 'telemetry'], types: ['routing'] },
  access: { imports: ['errors', 'telemetry'], types: ['openai', 'routing'] },
  boundary: { imports: ['errors', 'telemetry'], types: ['openai', 'routing'] },
  store: { imports: ['errors', 'telemetry'], types: ['routing', 'access', 'boundary'] },
  learning: {
    imports: ['routing', 'calibration', 'traces', 'errors', 'telemetry', 'format'],
    types: ['openai', 'store', 'upstream', 'boundary'],
  },
  config: {
    imports: ['schemas', 'errors', 'format'],
    types: ['calibration', 'openai', 'routing', 'upstream', 'access', 'boundary', 'store', 'learning'],
  },
  http: {
    imports: ['openai', 'routing', 'errors', 'telemetry', 'format'],
    types: ['upstream', 'store', 'access', 'boundary', 'learning'],
  },
  serving: {
    imports: ['errors', 'telemetry', 'routing', 'learning', 'config', 'http'],
    types: ['upstream', 'store'],
  },
  gateway: {
    imports: [
      'serving',
      'gateway-learning',
      'calibration',
      'errors',
      'telemetry',
      'openai',
      'routing',
      'traces',
      'upstream',
      'access',
      'boundary',
      'store',
      'learning',
      'config',
      'http',
    ],
    types: [],
  },
  'gateway-learning': {
    imports: ['config', 'learning', 'telemetry'],
    types: ['http', 'routing', 'store'],
  },
  'learner-worker': { imports: ['errors', 'learning', 'store'], types: [] },
  cli: { imports: ['gateway', 'config', 'learning', 'calibration', 'traces', 'errors'], types: [] },
  dashboard: { imports: [], types: ['http/admin'] },
};

const PURE = ['routing', 'calibration'];
const LONGEST_FILE = 400;
const LONGEST_MEDIAN = 120;

const sources = filesOf('src/**/*.ts', 'dashboard/**/*.{ts,tsx}').filter((path) => !isTest(path));

/** `src/http/app.ts` → `http/app`; `dashboard/main.tsx` → `dashboard/main`. */
function moduleOf(path: string): string {
  return path.replace(/^src\//, '').replace(/\.tsx?$/, '');
}

function unitOf(path: string): string {
  return moduleOf(path).split('/')[0] ?? '';
}

function allows(names: readonly string[], path: string): boolean {
  if (names.includes('schemas') && /(^|[/-])schema\.ts$/.test(path)) return true;
  return names.includes(unitOf(path)) || names.includes(moduleOf(path));
}

/** Why `path` may not make this import, or undefined where it may. */
function objection(path: string, imported: Import): string | undefined {
  const target = targetOf(path, imported);
  if (target === undefined) return undefined;
  const [from, to] = [unitOf(path), unitOf(target)];
  const says = `${path} imports ${imported.typeOnly ? 'types of ' : ''}${target}`;
  if (!/^(src|dashboard)\//.test(target)) return `${says}, which is not part of the sources`;
  if (from === to) return undefined;
  const row = MAY_IMPORT[from];
  if (row === undefined) return `${path} is in no folder of the table`;
  if (allows(row.imports, target) || (imported.typeOnly && allows(row.types, target))) return undefined;
  return allows(row.types, target)
    ? `${says}: \`import type\` only`
    : `${says}: ${from} may not import ${to}`;
}

/** What a pure file may not do: reach the system, or read a clock or a source of randomness. */
function impurities(path: string, text: string): string[] {
  const builtins = importsOf(path, text)
    .map(({ specifier }) => specifier)
    .filter((specifier) => specifier.startsWith('node:') || builtinModules.includes(specifier));
  // A hash is arithmetic; the rest of `node:crypto` holds sources of randomness.
  const hashes = /^import \{ createHash \} from 'node:crypto';$/m.test(text);
  const found = builtins
    .filter((name) => !(hashes && name === 'node:crypto'))
    .map((name) => `import of ${name}`);
  const impureCalls = ['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'fetch', 'Date'];
  new Visitor({
    MemberExpression: ({ object, property }) => {
      if (object.type !== 'Identifier') return;
      const name = property.type === 'Identifier' ? property.name : '';
      if (['process', 'performance', 'crypto', 'globalThis'].includes(object.name)) found.push(object.name);
      if ((object.name === 'Date' && name === 'now') || (object.name === 'Math' && name === 'random')) {
        found.push(`${object.name}.${name}`);
      }
    },
    NewExpression: ({ callee, arguments: args }) => {
      if (callee.type === 'Identifier' && callee.name === 'Date' && args.length === 0)
        found.push('new Date()');
    },
    CallExpression: ({ callee }) => {
      if (callee.type === 'Identifier' && impureCalls.includes(callee.name)) found.push(`${callee.name}()`);
    },
  }).visit(parse(path, text));
  return found.map((what) => `${path}: ${what}`);
}

/** The files of a circle of imports that exist at run time, or undefined. */
function findCycle(edges: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const finished = new Set<string>();
  const walk = (path: string, trail: readonly string[]): string[] | undefined => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path];
    if (finished.has(path)) return undefined;
    for (const next of edges.get(path) ?? []) {
      const cycle = walk(next, [...trail, path]);
      if (cycle) return cycle;
    }
    finished.add(path);
    return undefined;
  };
  for (const path of edges.keys()) {
    const cycle = walk(path, []);
    if (cycle) return cycle;
  }
  return undefined;
}

test('every folder of the sources stands in the table', () => {
  const units = new Set(sources.map(unitOf));
  assert.deepEqual(
    [...units].filter((unit) => !(unit in MAY_IMPORT)),
    [],
  );
});

test('every import is one that the table allows', () => {
  const objections = sources.flatMap((path) =>
    importsOf(path, textOf(path)).map((imported) => objection(path, imported)),
  );
  assert.deepEqual(
    objections.filter((reason) => reason !== undefined),
    [],
  );
});

test('only gateway.ts makes upstreams', () => {
  const makers = sources
    .filter((path) => unitOf(path) !== 'upstream')
    .filter((path) =>
      importsOf(path, textOf(path)).some((imported) => {
        const target = targetOf(path, imported);
        return target !== undefined && !imported.typeOnly && unitOf(target) === 'upstream';
      }),
    );
  assert.deepEqual(
    makers.filter((path) => path !== 'src/gateway/gateway.ts'),
    [],
  );
});

test('routing and calibration are pure: no system, no clock, no chance', () => {
  const pure = sources.filter((path) => PURE.includes(unitOf(path)));
  assert.deepEqual(
    pure.flatMap((path) => impurities(path, textOf(path))),
    [],
  );
});

test('no file imports itself, however far the way round', () => {
  const edges = new Map(
    sources.map((path) => {
      const atRunTime = importsOf(path, textOf(path)).filter(({ typeOnly }) => !typeOnly);
      return [path, atRunTime.flatMap((imported) => targetOf(path, imported) ?? [])];
    }),
  );
  assert.equal(findCycle(edges)?.join(' → '), undefined);
});

test(`no source file is longer than ${LONGEST_FILE} lines, and the median is at most ${LONGEST_MEDIAN}`, () => {
  const lengths = sources.map((path) => ({ path, lines: textOf(path).trimEnd().split('\n').length }));
  const tooLong = lengths.filter(({ lines }) => lines > LONGEST_FILE);
  assert.deepEqual(
    tooLong.map(({ path, lines }) => `${path}: ${lines} lines`),
    [],
  );
  const median = lengths.map(({ lines }) => lines).toSorted((a, b) => a - b)[lengths.length >> 1] ?? 0;
  assert.ok(median <= LONGEST_MEDIAN, `the median is ${median}`);
});

test('every rule that is switched off says why', () => {
  const files = filesOf('{src,dashboard,test,scripts,bench,demo}/**/*.{ts,tsx,mjs}');
  const silent = files.flatMap((path) =>
    textOf(path)
      .split('\n')
      .map((line, index) => ({ line, place: `${path}:${index + 1}` }))
      .filter(({ line }) => /(\/\/|\/\*)\s*(oxlint|eslint)-disable/.test(line) && !/ -- \S/.test(line))
      .map(({ place }) => place),
  );
  assert.deepEqual(silent, []);
});

test('an import is seen in every form it can be written', () => {
  const text = `
    import value from './a.ts'; import type { T } from './b.ts'; import { type U, u } from './c.ts';
    import { type V } from './d.ts'; import './e.ts'; export * from './f.ts'; export type * from './g.ts';
    export { w } from './h.ts'; export type { W } from './i.ts'; export const own = 1;
    const lazy = await import('./j.ts'); type X = import('./k.ts').X;
    const text = "import x from './no.ts'"; // import y from './no.ts'
  `;
  const seen = importsOf('src/x.ts', text);
  const erased = seen.filter(({ typeOnly }) => typeOnly).map(({ specifier }) => specifier);
  assert.deepEqual(
    seen.map(({ specifier }) => specifier).toSorted(),
    'abcdefghijk'.split('').map((x) => `./${x}.ts`),
  );
  assert.deepEqual(erased.toSorted(), ['./b.ts', './g.ts', './i.ts', './k.ts']);
  assert.throws(() => importsOf('src/x.ts', 'await import(name)'), TypeError);
});

test('the checks object where they should', () => {
  const importing = (path: string, specifier: string, typeOnly = false): string | undefined =>
    objection(path, { specifier, typeOnly });
  assert.equal(importing('src/http/app.ts', '../routing/cascade.ts'), undefined);
  assert.equal(importing('src/http/app.ts', '../store/store.ts', true), undefined);
  assert.match(importing('src/http/app.ts', '../store/store.ts') ?? '', /`import type` only/);
  assert.match(importing('src/routing/cascade.ts', '../store/store.ts', true) ?? '', /may not import store/);
  assert.match(importing('src/cli/demo.ts', '../../demo/generate.ts') ?? '', /not part of the sources/);
  assert.equal(importing('src/config/schema/schema.ts', '../access/limits-schema.ts'), undefined);
  assert.match(importing('src/config/load/load.ts', '../access/limits.ts') ?? '', /`import type` only/);
  assert.equal(importing('dashboard/main.tsx', '../src/http/api/admin.ts', true), undefined);
  assert.match(importing('dashboard/main.tsx', '../src/http/app.ts', true) ?? '', /may not import http/);

  const impure = `import 'node:fs'; import 'fs'; Date.now(); Math.random(); performance.now(); new Date();
    process.env; setTimeout(() => {}, 1); new Date(0); Math.max(1); ({ process: 1 }); clock.now();`;
  assert.equal(impurities('src/routing/x.ts', impure).length, 8);

  const cycle = findCycle(
    new Map([
      ['a', ['b']],
      ['b', ['c', 'd']],
      ['c', []],
      ['d', ['b']],
    ]),
  );
  assert.deepEqual(cycle, ['b', 'd', 'b']);
});
