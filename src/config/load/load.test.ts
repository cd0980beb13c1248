import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { loadConfig } from './load.ts';
import { formatProblem } from './problem.ts';
import { BASE, ENVIRONMENT, parse, problemsOf, usable } from '../testing.ts';

const folder = mkdtempSync(join(tmpdir(), 'weir-config-'));
after(() => rmSync(folder, { recursive: true }));

/** Problems of a file with these bytes, without the folder in front. */
function problemsOfFile(
  bytes: string | Uint8Array,
  environment: Record<string, string> = ENVIRONMENT,
): string[] {
  const path = join(folder, 'weir.yaml');
  writeFileSync(path, bytes);
  const loaded = loadConfig(path, environment);
  return loaded.ok
    ? []
    : loaded.problems.map((problem) => formatProblem(problem).replaceAll(`${folder}/`, ''));
}

test('the file of the documentation is read, references to the environment in one line with braces and all', () => {
  const config = usable(`${BASE}routes:
  auto:
    serves: [gpt-4o, "gpt-4*"]
    tiers: [small, large]
    objective: { maxQualityLoss: 0.02, certainty: 0.90 }
    data: { restricted: on-premises }
`);
  assert.deepEqual(config.listen, { host: '127.0.0.1', port: 8787 });
  assert.equal(config.upstreams.cloud?.apiKey?.reveal(), 'sk-very-secret');
  assert.deepEqual(config.routes.auto?.objective, {
    kind: 'last',
    objective: { maxQualityLoss: 0.02, certainty: 0.9 },
  });
});

test('what is not written has its default', () => {
  const config = usable(BASE);
  assert.deepEqual(config.retention, { texts: false });
  assert.deepEqual(config.cors, { origins: [] });
  assert.equal(config.upstreams.local?.timeouts.connect, 5_000);
  assert.equal(config.upstreams.local?.retries, 2);
  assert.deepEqual(config.routes, {});
});

test('a partly written section keeps the other defaults', () => {
  const { recorder } = usable(`${BASE}recorder: { interval: 1s }\n`);
  assert.deepEqual(recorder, { capacity: 10_000, batchSize: 256, interval: 1_000 });
});

test('every problem is told at once, in the order of the file, each with its line and column', () => {
  assert.deepEqual(
    problemsOf(`listen: here
${BASE}routes:
  auto:
    tiers: [small, larg]
    objective: { thresholds: [0.8, 0.9] }
    onAbstain: shrug
lgo: { level: info }
log: { level: inof }
`),
    [
      "weir.yaml:1:9 listen: it must be HOST:PORT, such as '127.0.0.1:8787' or '[::1]:8787'",
      "weir.yaml:11:20 routes.auto.tiers.1: there is no model named 'larg'; did you mean 'large'?",
      'weir.yaml:12:30 routes.auto.objective.thresholds: there must be 1 threshold, one for each tier but the last, but there are 2',
      "weir.yaml:13:16 routes.auto.onAbstain: it must be serve or error, but is 'shrug'",
      "weir.yaml:14:1 lgo: unknown key; did you mean 'log'?",
      "weir.yaml:15:15 log.level: it must be debug, info, warn, error or silent, but is 'inof'; did you mean 'info'?",
    ],
  );
});

test('an unknown key that belongs elsewhere is sent there', () => {
  assert.deepEqual(problemsOf(`${BASE}maxConcurrent: 4\n`), [
    'weir.yaml:8:1 maxConcurrent: unknown key here; it belongs at upstreams.*.maxConcurrent',
  ]);
});

test('an unknown key that resembles nothing is told what there can be', () => {
  const [problem = ''] = problemsOf(`${BASE}log: { zzzzzzzz: 1 }\n`);
  assert.equal(problem, 'weir.yaml:8:8 log.zzzzzzzz: unknown key; the keys here are level');
});

test('a missing key is shown at the map that lacks it, with its meaning', () => {
  const [problem = ''] = problemsOf(BASE.replace('upstream: local, model: qwen3:4b', 'model: qwen3:4b'));
  assert.match(
    problem,
    /^weir\.yaml:5:\d+ models\.small\.upstream: this key is missing: The upstream that serves the model/,
  );
});

test('a value of the wrong kind is told what it must be', () => {
  const wrong = (text: string): string =>
    (problemsOf(`${BASE}${text}\n`)[0] ?? '').replace(/^weir.yaml:\d+:\d+ /, '');
  assert.equal(wrong('limits: { bodyBytes: big }'), 'limits.bodyBytes: it must be a number, but is text');
  assert.equal(wrong('limits: { bodyBytes: 1 }'), 'limits.bodyBytes: it must be at least 1024');
  assert.equal(wrong('recorder: { batchSize: 1.5 }'), 'recorder.batchSize: it must be a whole number');
  assert.equal(
    wrong('recorder: { batchSize: 20, capacity: 10 }'),
    'recorder.batchSize: it must not be larger than `capacity`',
  );
  assert.equal(
    wrong('retention: { texts: "yes" }'),
    'retention.texts: it must be true or false, but is text',
  );
  assert.equal(wrong('retention: [texts]'), 'retention: it must be a map of keys, but is a list');
  assert.equal(wrong('log:'), 'log: it must be a map of keys, but is nothing');
  assert.match(wrong('drainTimeout: soon'), /^drainTimeout: it must be a number with a unit/);
  assert.match(wrong('drainTimeout: 5'), /^drainTimeout: it must be a number with a unit/);
  assert.match(wrong('cors: { origins: ["*"] }'), /^cors.origins.0: it must be a complete origin/);
  assert.match(
    wrong('cors: { origins: ["https://a.example/x"] }'),
    /^cors.origins.0: it must be a complete origin/,
  );
});

test('a number from the environment is told to be written out', () => {
  const [problem = ''] = problemsOf(`${BASE}limits: { bodyBytes: \${N} }\n`, { ...ENVIRONMENT, N: '4096' });
  assert.match(problem, /it must be a number, but a variable always gives text; write the value itself$/);
});

test('what the design has and the program has not yet is refused, never ignored', () => {
  const route = (rest: string): string => `${BASE}routes:\n  auto: { tiers: [small, large], ${rest} }\n`;
  for (const text of [
    `${BASE}tenants: {}\n`,
    `${BASE}store: postgres://localhost/weir\n`,
    route('objective: { thresholds: [0.8] }, streaming: commit'),
  ]) {
    const problems = problemsOf(text);
    assert.equal(problems.length, 1, problems.join('\n'));
    assert.match(problems[0] ?? '', /not supported yet/);
  }
});

test('names must be fit for headers', () => {
  const [problem = ''] = problemsOf(`${BASE}  "a b": { upstream: local, model: x }\n`);
  assert.match(problem, /^weir\.yaml:8:3 models\.a b: a name must begin with/);
  assert.match(
    problemsOf(`${BASE}  __proto__: { upstream: local, model: x }\n`)[0] ?? '',
    /this name is not allowed/,
  );
});

test('names that every object inherits are names like any other', () => {
  const config = usable(
    `${BASE}  constructor: { upstream: local, model: x }\n  toString: { upstream: local, model: y }\n`,
  );
  assert.equal(config.models['constructor']?.model, 'x');
  assert.equal(config.models['toString']?.model, 'y');
});

test('a credential in a wrong place is not repeated', () => {
  const text = BASE.replace('location: cloud', 'location: ${KEY}').replace(
    'model: gpt-4.1',
    'model: gpt-4.1, logprobs: ${KEY}',
  );
  const problems = problemsOf(text.replace('upstream: cloud', 'upstream: ${KEY}'));
  assert.equal(problems.length, 3);
  for (const problem of problems) assert.ok(!problem.includes('sk-very-secret'), problem);
});

test('a header cannot carry a line break, and the problem does not repeat what follows it', () => {
  const [problem = ''] = problemsOf(BASE, { KEY: 'sk-1\r\nx-evil: 1' });
  assert.match(problem, /upstreams\.cloud\.apiKey: it contains a line break/);
  assert.ok(!problem.includes('evil'));
});

test('what a header cannot carry is refused wherever a credential is sent in one, and not repeated', () => {
  for (const [text, place] of [
    [BASE, 'upstreams.cloud.apiKey'],
    [BASE.replace('apiKey: ${KEY}', 'headers: { api-key: "${KEY}" }'), 'upstreams.cloud.headers.api-key'],
    [
      `${BASE}alarms: [{ webhook: "https://example.com/", token: "\${KEY}" }]\n`.replace(
        ', apiKey: ${KEY}',
        '',
      ),
      'alarms.0.token',
    ],
  ] as const) {
    const [problem = ''] = problemsOf(text, { KEY: 'sk\u2011evil' });
    assert.ok(problem.includes(`${place}: it contains a character that a header cannot carry`), problem);
    assert.ok(!problem.includes('evil'));
  }
});

test('credentials in a URL are refused, and not repeated', () => {
  const problems = problemsOf(
    BASE.replace('https://api.openai.com/v1', 'https://me:sk-pass@api.openai.com/v1'),
  );
  assert.equal(problems.length, 1);
  assert.match(problems[0] ?? '', /a URL must not contain credentials/);
  assert.ok(!(problems[0] ?? '').includes('sk-pass'));
});

test('YAML that cannot be read is told line and column, without a piece of the file', () => {
  const cases: Record<string, RegExp> = {
    'a: 1\na: 2\n': /^weir\.yaml:2:1: this key is given twice/,
    'a: "sk-very-secret': /^weir\.yaml:1:\d+: this is not valid YAML: Missing closing/,
    '\ta: 1\n': /^weir\.yaml:1:1: this line is indented with a tab/,
    'a: 1\n---\nb: 2\n': /^weir\.yaml:2:1: the file holds more than one YAML document/,
    '? [1]\n: 2\n': /^weir\.yaml:1:3: a key must be text/,
    'a: !secret sk-very-secret\n': /^weir\.yaml:1:4: tags/,
    'a: "b" "sk-very-secret"\n': /^weir\.yaml:1:\d+: this is not valid YAML/,
    'a: {b: sk-very-secret\n': /^weir\.yaml:\d+:\d+: this is not valid YAML/,
  };
  for (const [text, expected] of Object.entries(cases)) {
    const problems = problemsOf(text);
    assert.match(problems[0] ?? '', expected);
    assert.ok(!problems.join('\n').includes('sk-very-secret'), problems.join('\n'));
  }
});

test('an alias is followed, one without an anchor is a problem', () => {
  const config = usable(
    BASE.replace('{ upstream: local, model: qwen3:4b }', '&m { upstream: local, model: qwen3:4b }').replace(
      '{ upstream: local, model: qwen3:32b }',
      '*m',
    ),
  );
  assert.equal(config.models.medium?.model, 'qwen3:4b');
  assert.match(problemsOf(`${BASE}log: *nowhere\n`)[0] ?? '', /log: this alias has no anchor before it/);
});

test('aliases of aliases, and an alias within itself, cost no time and no memory', () => {
  const levels = Array.from({ length: 30 }, (_, index) =>
    index === 0
      ? 'a0: &a0 [x, x]'
      : `a${index}: &a${index} [${Array<string>(10)
          .fill(`*a${index - 1}`)
          .join(', ')}]`,
  );
  for (const text of [levels.join('\n'), 'a: &a [*a]', 'a: &a { b: *a }'])
    assert.match(problemsOf(text)[0] ?? '', /more than \d+ values or \d+ levels/);
});

test('nesting without end is a problem, not a crash', () => {
  for (const open of ['[', '{a: ', '- ']) assert.ok(problemsOf(open.repeat(20_000)).length > 0);
});

test('a file of nothing but mistakes gives a hundred problems', () => {
  const text = Array.from({ length: 15_000 }, (_, index) => `wrong${index}: 1`).join('\n');
  assert.equal(problemsOf(text).length, 100);
});

test('an empty file, or one of comments only, says what to do', () => {
  for (const text of ['', '\n\n', '# nothing\n', '---\n'])
    assert.match(
      problemsOfFile(text)[0] ?? '',
      /^weir\.yaml: the file is empty; write one with `npm run -s weir -- init --force --output \S*weir\.yaml`/,
    );
});

test('a file that is no map is a problem', () => {
  for (const text of ['5', '[1]', 'text', 'null']) assert.equal(problemsOfFile(text).length, 1, text);
});

test('a file that is no text is a problem', () => {
  assert.match(problemsOfFile(new Uint8Array([0x50, 0x4b, 0, 1]))[0] ?? '', /the file is binary/);
  assert.match(problemsOfFile(new Uint8Array([0x61, 0x3a, 0x20, 0xff, 0xfe]))[0] ?? '', /not UTF-8/);
});

test('a file too large to be a configuration is not read', () => {
  assert.match(problemsOfFile('#'.repeat(1_048_577))[0] ?? '', /larger than 1048576 bytes/);
});

test('a byte order mark and Windows line ends are read', () => {
  assert.deepEqual(problemsOfFile(`\uFEFF${BASE.replaceAll('\n', '\r\n')}`), []);
});

test('a missing file and a folder are problems', () => {
  const missing = loadConfig(join(folder, 'none.yaml'), {});
  assert.ok(!missing.ok);
  assert.match(
    missing.problems.map(formatProblem)[0] ?? '',
    /none\.yaml: the file does not exist; write one with `npm run -s weir -- init --output \S+none\.yaml`/,
  );
  const directory = loadConfig(folder, {});
  assert.ok(!directory.ok);
  assert.match(directory.problems[0]?.message ?? '', /not a file/);
});

test('the store stands relative to the configuration, unless it is in memory', () => {
  assert.equal(usable(`${BASE}store: sqlite:./data/weir.db\n`).store, 'sqlite:/etc/weir/data/weir.db');
  assert.equal(usable(`${BASE}store: sqlite:/var/weir.db\n`).store, 'sqlite:/var/weir.db');
  assert.equal(usable(`${BASE}store: "sqlite::memory:"\n`).store, 'sqlite::memory:');
  assert.match(problemsOf(`${BASE}store: mysql://x\n`)[0] ?? '', /it must be 'sqlite:' and a path/);
});

test('a credential comes from a file, its line break at the end taken off', () => {
  writeFileSync(join(folder, 'key'), 'sk-from-file\n');
  const path = join(folder, 'weir.yaml');
  writeFileSync(path, BASE.replace('${KEY}', 'file:./key'));
  const loaded = loadConfig(path, {});
  assert.ok(loaded.ok);
  assert.equal(loaded.config.upstreams.cloud?.apiKey?.reveal(), 'sk-from-file');
  assert.deepEqual(loaded.warnings, []);
});

test('a credential file that is missing, empty, a folder or huge is a problem that names the file', () => {
  writeFileSync(join(folder, 'empty'), '\n');
  writeFileSync(join(folder, 'huge'), 'x'.repeat(100_000));
  mkdirSync(join(folder, 'folder'));
  const cases = {
    missing: /missing does not exist/,
    empty: /empty is empty/,
    folder: /folder is not a file/,
    huge: /too large/,
  };
  for (const [name, expected] of Object.entries(cases))
    assert.match(problemsOfFile(BASE.replace('${KEY}', `file:${name}`))[0] ?? '', expected);
});

test('an unset variable is one problem, at the value that names it', () => {
  assert.deepEqual(problemsOf(BASE, {}), [
    'weir.yaml:3:73 upstreams.cloud.apiKey: the environment variable KEY is not set; set it, or give it a default: ${KEY:-default}',
  ]);
});

test('loading does not change the environment, and gives the same twice', () => {
  const environment = Object.freeze({ ...ENVIRONMENT });
  assert.deepEqual(JSON.stringify(parse(BASE, environment)), JSON.stringify(parse(BASE, environment)));
});

test('a value of the wrong shape is told how it would be written', () => {
  const one = (more: string): string | undefined =>
    problemsOf(`${BASE}${more}`)[0]?.replace(/^\S+ \S+: /, '');
  assert.equal(
    one('routes: { a: { tiers: [small], serves: "*" } }\n'),
    'it must be a list, but is text; put it in brackets: […]',
  );
  assert.equal(
    one('routes: { a: { tiers: [small, 7], objective: { thresholds: [0.5] } } }\n'),
    'it must be text, but is the number 7; put it in quotes',
  );
});

test('a base URL with the path that is appended to it is refused', () => {
  for (const url of ['http://127.0.0.1:1/v1/chat/completions', 'http://127.0.0.1:1/v1/chat/completions/'])
    assert.match(
      problemsOf(
        `upstreams: { u: { baseUrl: "${url}", location: cloud } }\nmodels: { m: { upstream: u, model: m } }\n`,
      ).join(),
      /upstreams\.u\.baseUrl: it must not end in '\/chat\/completions'/,
    );
});

test('names that the gateway answers to are names of hosts, in any case', () => {
  assert.deepEqual(usable(`${BASE}hosts: [Host.Docker.Internal]\n`).hosts, ['host.docker.internal']);
  for (const name of ['"*"', 'a.example:8787', '10.0.0.1', 'https://a.example', '""'])
    assert.match(
      problemsOf(`${BASE}hosts: [${name}]\n`)[0] ?? '',
      /hosts\.0: .*(?:name of a host|empty)/,
      name,
    );
});
