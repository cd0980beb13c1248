/**
 * Holds the documents to the sources, both ways: what exists is documented, and what is documented exists.
 * The documents list things in tables whose first column is headed `code`, `key`, `metric`, `field`, `option` or `signal`.
 */
import assert from 'node:assert/strict';
import type { Protocol } from '../src/protocol/protocol.ts';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { Command } from 'commander';
import { z } from 'zod';
import { signalsOf, type SignalTable } from '../src/routing/signals/signals.ts';
import type { Preset } from '../src/config/presets.ts';
import type { Dialect } from '../src/upstream/dialect.ts';
import { APIS, CLIENTS, PROGRAMS } from './clients/clients.ts';
import { anchors, codeSpans, relativeLinks, rowsOf, sections } from './markdown.ts';
import { filesOf, root, textOf } from './project.ts';

function document(path: string): string {
  assert.ok(existsSync(join(root, path)), `${path} is missing`);
  return textOf(path);
}

/** The named export of the first of these files that exists. */
async function exported(name: string, ...paths: string[]): Promise<unknown> {
  const path = paths.find((candidate) => existsSync(join(root, candidate)));
  assert.ok(path !== undefined, `${paths.join(' or ')} is missing`);
  const contents = (await import(pathToFileURL(join(root, path)).href)) as Record<string, unknown>;
  assert.ok(contents[name] !== undefined, `${path} exports no ${name}`);
  return contents[name];
}

function assertSame(documented: Iterable<string>, existing: Iterable<string>, where: string): void {
  const [shown, real] = [new Set(documented), new Set(existing)];
  assert.deepEqual(
    { 'not documented': [...real.difference(shown)], 'does not exist': [...shown.difference(real)] },
    { 'not documented': [], 'does not exist': [] },
    where,
  );
}

interface SchemaNode {
  properties?: Record<string, SchemaNode>;
  additionalProperties?: SchemaNode | boolean;
  items?: SchemaNode;
  prefixItems?: SchemaNode[];
  anyOf?: SchemaNode[];
  oneOf?: SchemaNode[];
  allOf?: SchemaNode[];
}

/** The keys below a node: `upstreams.*.baseUrl`, where `*` is a name of the user's own and `[]` an entry. */
function keyPaths(node: SchemaNode, prefix = ''): string[] {
  const below = (key: string): string => (prefix === '' ? key : `${prefix}.${key}`);
  const {
    properties = {},
    additionalProperties,
    items,
    prefixItems = [],
    anyOf = [],
    oneOf = [],
    allOf = [],
  } = node;
  const own = Object.entries(properties).flatMap(([key, child]) => [
    below(key),
    ...keyPaths(child, below(key)),
  ]);
  const named = typeof additionalProperties === 'object' ? keyPaths(additionalProperties, below('*')) : [];
  const entries = [...(items ? [items] : []), ...prefixItems].flatMap((child) =>
    keyPaths(child, `${prefix}[]`),
  );
  const variants = [...anyOf, ...oneOf, ...allOf].flatMap((child) => keyPaths(child, prefix));
  return [...new Set([...own, ...named, ...entries, ...variants])];
}

test('every error code stands in docs/errors.md with its status, and every code there exists', async () => {
  const errors = (await exported('ERRORS', 'src/errors.ts')) as Record<
    string,
    { status: number; type: string }
  >;
  const rows = rowsOf(document('docs/errors.md'), 'code');
  assertSame(rows.keys(), Object.keys(errors), 'docs/errors.md');
  for (const [code, { status, type }] of Object.entries(errors)) {
    assert.ok(
      rows.get(code)?.includes(String(status)),
      `docs/errors.md gives ${code} another status than ${status}`,
    );
    assert.ok(rows.get(code)?.includes(type), `docs/errors.md gives ${code} another type than ${type}`);
  }
});

test('every metric stands in docs/operations.md with its labels, and every metric there exists', async () => {
  const exportedMetrics = await exported('METRICS', 'src/telemetry/names.ts');
  const metrics = Object.values(
    exportedMetrics as Record<string, { name: string; labels?: readonly string[] }>,
  );
  const rows = rowsOf(document('docs/operations.md'), 'metric');
  const names = metrics.map(({ name }) => name);
  assertSame(rows.keys(), names, 'docs/operations.md');
  for (const { name, labels = [] } of metrics) {
    const missing = labels.filter((label) => !rows.get(name)?.includes(`\`${label}\``));
    assert.deepEqual(missing, [], `labels of ${name} that docs/operations.md leaves out`);
  }
});

test('every kind of alarm has a section in docs/alarms.md that says what happened and what to do, and every section is one', async () => {
  const kinds = (await exported('ALARM_KINDS', 'src/telemetry/alarms.ts')) as Record<
    string,
    { title: string }
  >;
  const pages = sections(document('docs/alarms.md')).filter(({ heading }) =>
    /^[a-z]+(_[a-z]+)*$/.test(heading),
  );
  assertSame(
    pages.map(({ heading }) => heading),
    Object.keys(kinds),
    'docs/alarms.md',
  );
  for (const { heading, text } of pages)
    for (const part of [`${kinds[heading]?.title}.`, '**What Weir does.**', '**What to do.**'])
      assert.ok(text.includes(part), `docs/alarms.md, ${heading}: '${part}' is missing`);
});

test('every field of the log stands in docs/operations.md, and every field there exists', async () => {
  const fields = (await exported('LOG_FIELDS', 'src/telemetry/names.ts')) as Record<string, string>;
  assertSame(
    rowsOf(document('docs/operations.md'), 'field').keys(),
    Object.values(fields),
    'docs/operations.md',
  );
});

test('every key of weir.yaml stands in docs/configuration.md, and every key there exists', async () => {
  const schema = (await exported('configSchema', 'src/config/schema/schema.ts')) as z.ZodType;
  const paths = keyPaths(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as SchemaNode);
  const isGroup = (path: string): boolean =>
    paths.some((other) => /^(\.|\[)/.test(other.slice(path.length)) && other.startsWith(path));
  const documented = rowsOf(document('docs/configuration.md'), 'key').keys();
  const groups = paths.filter(isGroup);
  assertSame(
    [...documented].filter((path) => !groups.includes(path)),
    paths.filter((path) => !isGroup(path)),
    'docs/configuration.md',
  );
});

test('every key means in docs/configuration.md what its schema says', async () => {
  const configKeys = (await exported('configKeys', 'src/config/load/keys.ts')) as () => {
    path: string;
    description: string;
  }[];
  const rows = rowsOf(document('docs/configuration.md'), 'key');
  const differing = configKeys().filter(({ path, description }) => {
    const row = rows.get(path)?.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1');
    return row?.includes(description) !== true;
  });
  assert.deepEqual(
    differing.map(({ path }) => path),
    [],
  );
});

test('every preset and every dialect stands in docs/providers.md as it is, and every one there exists', async () => {
  const page = document('docs/providers.md');
  const presets = (await exported('PRESETS', 'src/config/presets.ts')) as readonly Preset[];
  const rows = rowsOf(page, 'preset');
  assertSame(
    rows.keys(),
    presets.map(({ name }) => name),
    'docs/providers.md',
  );
  for (const { name, baseUrl, variable, models = {} } of presets) {
    const said = [
      baseUrl ?? 'your own',
      ...(variable === undefined ? [] : [variable]),
      ...(models.logprobs === undefined ? [] : ['no log-probabilities']),
      ...(models.maxTokensField === undefined ? [] : [`\`${models.maxTokensField}\``]),
      ...(models.dropParams ?? []).map((parameter) => `without \`${parameter}\``),
    ];
    for (const part of said) assert.ok(rows.get(name)?.includes(part), `${name}: '${part}' is missing`);
  }
  const dialects = (await exported('DIALECTS', 'src/upstream/dialects.ts')) as readonly Dialect[];
  assertSame(
    rowsOf(page, 'dialect').keys(),
    dialects.map(({ name }) => name),
    'docs/providers.md',
  );
});

test('every command and option stands in docs/cli.md, and everything there exists', async () => {
  const createProgram = (await exported(
    'createProgram',
    'src/cli/program.ts',
    'src/cli/main.ts',
  )) as () => Promise<Command>;
  const program = await createProgram();
  const commands = new Map<string, Command>();
  const collect = (command: Command, name: string): void => {
    commands.set(name, command);
    command.commands.forEach((child) => collect(child, `${name} ${child.name()}`));
  };
  // The program calls itself as it was called.
  collect(program, 'weir');

  const documented = new Map<string, string>();
  let current: { name: string; level: number } | undefined;
  for (const { level, heading, text } of sections(document('docs/cli.md'))) {
    // `weir keys create NAME`: the arguments are not part of the command's name.
    const [name] = /^weir(?: [a-z][a-z-]*)*(?= |$)/.exec(heading) ?? [];
    if (name !== undefined) current = { name, level };
    else if (current !== undefined && level <= current.level) current = undefined;
    if (current !== undefined) documented.set(current.name, `${documented.get(current.name) ?? ''}\n${text}`);
  }
  // A command that only holds others, and the program itself, need no section.
  const needed = [...commands].filter(
    ([, command]) => command.commands.length === 0 || command.options.length > 0,
  );
  assertSame(
    [...documented.keys()].filter((name) => !commands.has(name) || needed.some(([known]) => known === name)),
    needed.map(([name]) => name),
    'docs/cli.md',
  );
  for (const [name, command] of needed) {
    const options = command.options
      .filter(({ hidden }) => !hidden)
      .map(({ long, short }) => long ?? short ?? '');
    const listed = [...rowsOf(documented.get(name) ?? '', 'option').keys()];
    // `-c, --config FILE` and `--config <file>` both show `--config`.
    const shown = listed.map((text) => /--[a-z][a-z0-9-]*/.exec(text)?.[0] ?? text);
    assertSame(shown, options, `docs/cli.md, ${name}`);
  }
});

test('every signal stands in docs/signals.md as the table describes it, and every signal there exists', async () => {
  const table = (await exported('SIGNALS', 'src/routing/signals/signals.ts')) as SignalTable;
  const rows = rowsOf(document('docs/signals.md'), 'signal');
  const signals = signalsOf(table);
  assertSame(
    rows.keys(),
    signals.map(({ name }) => name),
    'docs/signals.md',
  );
  const written = (value: number): string => (value === Infinity ? '' : String(value).replace('-', '−'));
  for (const { name, range, unit, meaning } of signals) {
    const facts = ` ${range.map(written).join(' … ').trim()} | ${unit} | ${meaning} `;
    assert.ok(
      rows.get(name)?.includes(facts),
      `docs/signals.md says something else of ${name} than:${facts}`,
    );
  }
  for (const { question } of table.paid) assert.ok(document('docs/signals.md').includes(`“${question}”`));
});

test('every path of a client protocol stands in docs/http.md', async () => {
  const protocols = (await exported('PROTOCOLS', 'src/protocol/protocols.ts')) as readonly Pick<
    Protocol,
    'paths'
  >[];
  const page = textOf('docs/http.md');
  const endpoints = (await exported('ENDPOINTS', 'src/pass-through/endpoints.ts')) as typeof protocols;
  const missing = [...protocols, ...endpoints].flatMap(({ paths }) =>
    paths.filter((path) => !page.includes(`\`POST ${path}\``)),
  );
  assert.deepEqual(missing, []);
  assert.notDeepEqual(protocols, []);
});

test('every client that is tested stands in docs/clients.md with its APIs and what works, and a section of its own', async () => {
  const page = document('docs/clients.md');
  const rows = rowsOf(page, 'client');
  const clients = [...CLIENTS, ...PROGRAMS];
  assertSame(
    rows.keys(),
    clients.map(({ name }) => name),
    'docs/clients.md',
  );
  const headings = sections(page).map(({ heading }) => heading);
  for (const { name, apis } of clients) {
    const list = (cell = ''): string[] => cell.trim().split(', ');
    const [, , spoken, works] = rows.get(name)?.split('|') ?? [];
    assertSame(
      list(spoken),
      Object.keys(apis).map((api) => APIS[api] ?? api),
      `docs/clients.md, APIs of ${name}`,
    );
    assertSame(list(works), Object.values(apis).flat(), `docs/clients.md, what works of ${name}`);
    assert.ok(headings.includes(name), `docs/clients.md has no section on ${name}`);
  }
});

test('every header of ours stands in docs/http.md, and every header there exists', async () => {
  const telemetry = 'src/telemetry/names.ts';
  const sent = (await exported('HEADERS', telemetry)) as Record<string, string>;
  const taken = (await exported('REQUEST_HEADERS', telemetry)) as Record<string, string>;
  const names = [...Object.values(sent), ...Object.values(taken)];
  const page = document('docs/http.md');
  const shown = page.match(/x-weir-[a-z0-9]+(?:-[a-z0-9]+)*/g) ?? [];
  assertSame(
    [...shown, ...names.filter((name) => !name.startsWith('x-weir-') && page.includes(name))],
    names,
    'docs/http.md',
  );
});

test('the prompt of judges stands in docs/learning.md as it is', async () => {
  const prompt = (await exported('DEFAULT_JUDGE_PROMPT', 'src/learning/labels/judge.ts')) as string;
  assert.ok(document('docs/learning.md').includes(`\`\`\`text\n${prompt}\`\`\`\n`));
});

const pages = filesOf('*.md', '{docs,bench,demo,examples}/**/*.md');

test('every relative link leads somewhere', () => {
  assert.ok(pages.includes('README.md'), 'README.md is missing');
  const broken = pages.flatMap((page) =>
    relativeLinks(textOf(page))
      .filter((link) => {
        const [path = '', anchor] = decodeURI(link).split('#');
        const target = path === '' ? page : join(dirname(page), path);
        if (!existsSync(join(root, target))) return true;
        return anchor !== undefined && target.endsWith('.md') && !anchors(textOf(target)).includes(anchor);
      })
      .map((link) => `${page}: ${link}`),
  );
  assert.deepEqual(broken, []);
});

test('every file that a page names exists', () => {
  const isPath = /^(?:src|docs|scripts|bench|demo|examples|test|dashboard)\/[\w.*/-]+$/;
  const missing = pages.flatMap((page) =>
    codeSpans(textOf(page))
      .filter((code) => isPath.test(code))
      .filter((path) => !existsSync(join(root, path)) && filesOf(path).length === 0)
      .map((path) => `${page}: ${path}`),
  );
  assert.deepEqual(missing, []);
});

/** Hosts the package managers of this machine use instead of the public ones. */
function privateRegistries(): string[] {
  const configured = [
    spawnSync('npm', ['config', 'get', 'registry'], { cwd: root }).stdout.toString().trim(),
    process.env['PIP_INDEX_URL'] ?? '',
    process.env['GOPROXY'] ?? '',
  ];
  const hosts = configured.flatMap((address) => (URL.canParse(address) ? [new URL(address).host] : []));
  return hosts.filter((host) => !['registry.npmjs.org', 'pypi.org', 'proxy.golang.org'].includes(host));
}

test('nothing tells of the machine or the process it was made with', () => {
  const itself = 'test/docs.test.ts';
  const words: RegExp[] = [
    /(?<![\w.~/-])\/(?:root|work|home\/\w+|Users\/\w+)\//,
    new RegExp(['poly', 'glot'].join(''), 'i'),
    new RegExp(['helper', 'session'].join('[ -]'), 'i'),
    ...privateRegistries().map((host) => new RegExp(RegExp.escape(host), 'i')),
  ];
  const files = filesOf(
    '*',
    '.*',
    '.{ci,github}/**',
    '{src,docs,scripts,bench,examples,test,dashboard}/**/*',
    'demo/**/*.{ts,md,yaml}',
  ).filter((path) => path !== itself && !/\.(gz|png|jpg|db|ico|woff2)$/.test(path));
  const found = files.flatMap((path) =>
    textOf(path)
      .split('\n')
      .flatMap((line, index) => (words.some((word) => word.test(line)) ? [`${path}:${index + 1}`] : [])),
  );
  assert.deepEqual(found, []);
});

test('the lock names no registry but the public one', () => {
  const resolved = textOf('package-lock.json').match(/"resolved": "[^"]*"/g) ?? [];
  assert.deepEqual(
    resolved.filter((line) => !line.includes('"https://registry.npmjs.org/')),
    [],
  );
});

test('keys are found in records, arrays, unions, wrappers and pipes', () => {
  const leaf = z.strictObject({ a: z.string().transform(Number), b: z.optional(z.array(z.number())) });
  const schema = z.strictObject({
    things: z.record(z.string(), leaf.prefault({ a: '1' })).default({}),
    list: z.array(z.union([z.string(), z.strictObject({ x: z.int().nullable() })])),
    kind: z.discriminatedUnion('k', [z.strictObject({ k: z.literal('one'), y: z.string() })]).readonly(),
    free: z.record(z.string(), z.unknown()),
  });
  assert.deepEqual(keyPaths(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as SchemaNode), [
    'things',
    'things.*.a',
    'things.*.b',
    'list',
    'list[].x',
    'kind',
    'kind.k',
    'kind.y',
    'free',
  ]);
});

test('Markdown is read as its readers see it', () => {
  const page = [
    '# Errors of `weir serve`',
    'Text.',
    '## Codes\n',
    '| code | status |\n|---|---|\n| `a_b` | 400 |\n| `c`, `d` | x \\| y |',
    '```\n| `no` | 1 |\n[no](no.md) `src/no.ts`\n```',
    '[one](a.md#b "title") ![two](<b.png>) [web](https://example.com) `[no](x.md)`',
  ].join('\n\n');
  assert.deepEqual([...rowsOf(page, 'code').keys()], ['a_b', 'c', 'd']);
  assert.deepEqual(
    sections(page).map(({ level, heading, text }) => [level, heading, text.includes('a_b')]),
    [
      [1, 'Errors of weir serve', false],
      [2, 'Codes', true],
    ],
  );
  assert.deepEqual(anchors(page), ['errors-of-weir-serve', 'codes']);
  assert.deepEqual(relativeLinks(page), ['a.md#b', 'b.png']);
});
