/** Holds docs/architecture.md, "Who may import whom", and the habits a program can check. */
import assert from 'node:assert/strict';
import { builtinModules } from 'node:module';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { Visitor } from 'oxc-parser';
import { exportsOf, importsOf, parse, targetOf, type Import } from './imports.ts';
import { codeSpans, rowsOf } from './markdown.ts';
import { filesOf, isTest, textOf } from './project.ts';

/** One row of the table in docs/architecture.md: a folder, its rooms, and what they may import. */
interface Row {
  folder: string;
  /** Rooms inside, in order: each may import those before it, and the folder's own flat files. */
  rooms: readonly string[];
  imports: readonly string[];
  /** Folders of which types alone may be imported. */
  types: readonly string[];
}

/** From the bottom up: no row may name one below itself in the table. */
const TABLE: readonly Row[] = [...rowsOf(textOf('docs/architecture.md'), 'folder')].map(([folder, row]) => {
  const [, , rooms = '', imports = '', types = ''] = row.split('|');
  return { folder, rooms: codeSpans(rooms), imports: codeSpans(imports), types: codeSpans(types) };
});

const PURE = ['routing', 'calibration'];
const LONGEST_FILE = 400;
const LONGEST_MEDIAN = 120;
const MOST_FILES = 20;

const sources = filesOf('src/**/*.ts').filter((path) => !isTest(path));

/** `src/http/api/admin.ts` → `http/api`; a file at the top is a folder of its own: `src/errors.ts` → `errors`. */
function folderOf(path: string): string {
  const inside = path.replace(/^src\//, '');
  return inside.includes('/') ? dirname(inside) : inside.replace(/\.ts$/, '');
}

/** The row that speaks for a folder: its own, else that of the folder it is a room of. */
function rowOf(folder: string): Row | undefined {
  return TABLE.filter((row) => names([row.folder], folder)).toSorted(
    (a, b) => b.folder.length - a.folder.length,
  )[0];
}

/** Whether a list of folders holds this one, or one that it is a room of. */
function names(list: readonly string[], folder: string): boolean {
  return list.some((name) => folder === name || folder.startsWith(`${name}/`));
}

/** Why `path` may not make this import, or undefined where it may. */
function objection(path: string, imported: Import): string | undefined {
  const target = targetOf(path, imported);
  if (target === undefined) return undefined;
  const says = `${path} imports ${imported.typeOnly ? 'types of ' : ''}${target}`;
  if (!target.startsWith('src/')) return `${says}, which is not part of the sources`;
  const [from, to] = [folderOf(path), folderOf(target)];
  if (from === to) return undefined;
  const row = rowOf(from);
  if (row === undefined) return `${path} is in no folder of the table`;
  if (row === rowOf(to)) return roomObjection(row, from, to, says);
  if (names(row.imports, to) || (imported.typeOnly && names(row.types, to))) return undefined;
  return names(row.types, to)
    ? `${says}: \`import type\` only`
    : `${says}: ${row.folder} may not import ${to}`;
}

/** Within one folder: a room imports rooms before it, or flat files of the folder; the flat files import any room. */
function roomObjection({ folder, rooms }: Row, from: string, to: string, says: string): string | undefined {
  if (from === folder || to === folder || from.startsWith(`${to}/`) || to.startsWith(`${from}/`))
    return undefined;
  const [own, other] = [from, to].map((path) => rooms.indexOf(path.slice(folder.length + 1)));
  if (own === undefined || other === undefined || own < 0 || other < 0)
    return `${says}: a room that the table lacks`;
  return other < own ? undefined : `${says}: the room ${to} does not come before ${from}`;
}

/** What a pure file may not do: reach the system, or read a clock or a source of randomness. */
function impurities(path: string, text: string): string[] {
  const builtins = importsOf(path, text)
    .map(({ specifier }) => specifier)
    .filter((specifier) => specifier.startsWith('node:') || builtinModules.includes(specifier));
  // A hash is arithmetic; the rest of `node:crypto` holds sources of randomness.
  const hashes = /^import \{ (createHash|hash|createHash, hash) \} from 'node:crypto';$/m.test(text);
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

test('every folder of the sources stands in the table, and in the tree of AGENTS.md with a line of its own', () => {
  const folders = [...new Set(sources.map(folderOf))];
  const known = TABLE.flatMap(({ folder, rooms }) => [folder, ...rooms.map((room) => `${folder}/${room}`)]);
  assert.deepEqual(
    folders.filter((folder) => !known.includes(folder)),
    [],
  );
  const [, tree = ''] = /\nsrc\/\n(.*?)```/s.exec(textOf('AGENTS.md')) ?? [];
  const lines = tree.split('\n').map((line) => line.trim().split(/\s{2,}/)[0]);
  assert.deepEqual(
    folders.filter((folder) => !lines.includes(`${folder}/`) && !lines.includes(`${folder}.ts`)),
    [],
  );
});

test('no row of the table names a folder below itself', () => {
  const upward = TABLE.flatMap(({ folder, imports, types }, index) =>
    [...imports, ...types]
      .filter((name) => !TABLE.slice(0, index).some((row) => row === rowOf(name)))
      .map((name) => `${folder} → ${name}`),
  );
  assert.deepEqual(upward, []);
});

test('every permission of the table is used', () => {
  const used = sources.flatMap((path) =>
    importsOf(path, textOf(path)).map((imported) => {
      const target = targetOf(path, imported);
      return {
        from: rowOf(folderOf(path))?.folder,
        to: target === undefined ? '' : folderOf(target),
        imported,
      };
    }),
  );
  const idle = TABLE.flatMap(({ folder, imports, types }) => [
    ...imports
      .filter(
        (name) =>
          !used.some(({ from, to, imported }) => from === folder && names([name], to) && !imported.typeOnly),
      )
      .map((name) => `${folder} → ${name}`),
    ...types
      .filter((name) => !used.some(({ from, to }) => from === folder && names([name], to)))
      .map((name) => `${folder} → types of ${name}`),
  ]);
  assert.deepEqual(idle, []);
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

/** Whether a file makes an upstream: by a dialect's method, or from recordings. */
function makesUpstreams(path: string): boolean {
  let found = false;
  new Visitor({
    CallExpression({ callee }) {
      const name =
        callee.type === 'Identifier'
          ? callee.name
          : callee.type === 'MemberExpression' && callee.property.type === 'Identifier'
            ? callee.property.name
            : '';
      found ||= ['createUpstream', 'createRecordedUpstream', 'createHttpUpstream'].includes(name);
    },
  }).visit(parse(path, textOf(path)));
  return found;
}

test('only the gateway makes upstreams', () => {
  const makers = sources.filter((path) => !names(['upstream'], folderOf(path))).filter(makesUpstreams);
  assert.deepEqual(
    makers.filter((path) => folderOf(path) !== 'gateway'),
    [],
  );
  assert.notDeepEqual(makers, []);
});

test('routing and calibration are pure: no system, no clock, no chance', () => {
  const pure = sources.filter((path) => names(PURE, folderOf(path)));
  assert.deepEqual(
    pure.flatMap((path) => impurities(path, textOf(path))),
    [],
  );
});

test('no file imports itself, however far the way round, types included', () => {
  const edges = new Map(
    sources.map((path) => [
      path,
      importsOf(path, textOf(path)).flatMap((imported) => targetOf(path, imported) ?? []),
    ]),
  );
  assert.equal(findCycle(edges)?.join(' → '), undefined);
});

test(`no folder has more than ${MOST_FILES} files beside its rooms`, () => {
  const counts = Map.groupBy(sources, folderOf);
  assert.deepEqual(
    [...counts]
      .filter(([, files]) => files.length > MOST_FILES)
      .map(([folder, files]) => `${folder}: ${files.length}`),
    [],
  );
});

test('every exported name is exported once', () => {
  const exported = sources.flatMap((path) => exportsOf(path, textOf(path)).map((name) => ({ name, path })));
  const twice = [...Map.groupBy(exported, ({ name }) => name)].filter(([, all]) => all.length > 1);
  assert.deepEqual(
    twice.map(([name, all]) => `${name}: ${all.map(({ path }) => path).join(', ')}`),
    [],
  );
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
  const files = filesOf('{src,test,scripts,bench,demo}/**/*.{ts,mjs}');
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
  assert.equal(importing('src/http/app.ts', '../request/answer-chat.ts'), undefined);
  assert.equal(importing('src/http/app.ts', '../store/open.ts', true), undefined);
  assert.match(importing('src/http/app.ts', '../store/open.ts') ?? '', /`import type` only/);
  assert.match(importing('src/routing/cascade.ts', '../store/open.ts', true) ?? '', /may not import store/);
  assert.match(importing('src/cli/demo.ts', '../../demo/generate.ts') ?? '', /not part of the sources/);
  assert.equal(importing('src/routing/rules/last.ts', '../signals/signals.ts'), undefined);
  assert.match(
    importing('src/routing/signals/signals.ts', '../rules/rules.ts') ?? '',
    /does not come before/,
  );
  assert.equal(importing('src/routing/signals/signals.ts', '../attempt.ts'), undefined);
  assert.match(importing('src/wire/sse.ts', '../nowhere/else.ts') ?? '', /wire may not import nowhere/);
  assert.match(importing('src/nowhere/else.ts', '../wire/sse.ts') ?? '', /in no folder of the table/);

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
