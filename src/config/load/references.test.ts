import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BASE, problemsOf, usable, warningsAbout } from '../testing.ts';

const routes = (...lines: string[]): string =>
  `${BASE}routes:\n${lines.map((line) => `  ${line}\n`).join('')}`;
const messages = (text: string): string[] =>
  problemsOf(text).map((problem) => problem.replace(/^weir.yaml:\d+:\d+ /, ''));

test('a model of an unknown upstream is a problem with a suggestion', () => {
  assert.deepEqual(messages(BASE.replace('upstream: cloud', 'upstream: clod')), [
    "models.large.upstream: there is no upstream named 'clod'; did you mean 'cloud'?",
  ]);
});

test('a paid signal is one that is known, stands once, and can come', () => {
  const small = (more: string): string[] =>
    messages(BASE.replace('qwen3:4b }', `qwen3:4b, ${more} }`)).map((text) =>
      text.replace('models.small.', ''),
    );
  assert.deepEqual(small('paidSignals: [pTrue, verbalized]'), []);
  assert.deepEqual(small('paidSignals: [verbalized], logprobs: none'), []);
  assert.match(small('paidSignals: [ptrue]')[0] ?? '', /^paidSignals\.0: .*pTrue/);
  assert.deepEqual(small('paidSignals: [verbalized, verbalized]'), [
    "paidSignals.1: 'verbalized' is listed twice; keep one of them",
  ]);
  assert.deepEqual(small('paidSignals: [verbalized, pTrue], logprobs: none'), [
    'paidSignals.1: pTrue needs log-probabilities, but `logprobs: none` says that this model returns none; remove one of them',
  ]);
});

test('where there is nothing to suggest, that is said', () => {
  assert.deepEqual(messages('upstreams: {}\nmodels:\n  a: { upstream: x, model: y }\n'), [
    "models.a.upstream: there is no upstream named 'x'; the file defines no upstreams",
  ]);
});

test('a configuration without a model is a problem', () => {
  const [server, model, ...more] = messages('upstreams: {}\nmodels: {}\n');
  assert.match(server ?? '', /^upstreams: there is no model server yet; write one below it, such as /);
  assert.match(
    model ?? '',
    /^models: there must be at least one model; .*`npm run -s weir -- init --force`$/,
  );
  assert.deepEqual(more, []);
  const local = '{ baseUrl: "http://127.0.0.1:1/v1", location: on-premises }';
  assert.deepEqual(
    messages(`upstreams: { a: ${local} }\nmodels: { b: { upstream: a, model: c } }\nroutes:\n`).map(
      (each) => each.split(';')[0],
    ),
    ['routes: there is no route yet'],
  );
});

test('references are checked even where the rest of the file is wrong', () => {
  const problems = messages(`${routes('auto: { tiers: [smal] }')}listen: here\n`);
  assert.equal(problems.length, 2);
  assert.match(problems[0] ?? '', /there is no model named 'smal'/);
});

test('a tier stands in a route once', () => {
  assert.deepEqual(
    messages(routes('auto: { tiers: [small, large, small], objective: { thresholds: [0.8, 0.8] } }')),
    ["routes.auto.tiers.2: 'small' is listed twice; keep one of them"],
  );
});

test('a route with several tiers says how answers are judged', () => {
  assert.deepEqual(messages(routes('auto: { tiers: [small, medium, large] }')), [
    'routes.auto.objective: this key is missing; say how answers are judged, for example { thresholds: [0.8, 0.8] }',
  ]);
  assert.equal(usable(routes('auto: { tiers: [small] }')).routes.auto?.objective, undefined);
});

test('there is one threshold for each tier but the last', () => {
  const withThresholds = (list: string): string[] =>
    messages(routes(`auto: { tiers: [small, large], objective: { thresholds: [${list}] } }`));
  assert.deepEqual(withThresholds('0.5'), []);
  assert.match(withThresholds('')[0] ?? '', /there must be 1 threshold, .* but there are 0$/);
  assert.match(withThresholds('0.5, 0.6')[0] ?? '', /there must be 1 threshold, .* but there are 2$/);
  assert.match(withThresholds('1.5')[0] ?? '', /thresholds\.0: it must be at most 1$/);
});

test('an objective has exactly one kind, and only what belongs to it', () => {
  const objective = (text: string): string[] =>
    messages(routes(`auto: { tiers: [small, large], objective: { ${text} } }`)).map((text_) =>
      text_.replace('routes.auto.', ''),
    );
  assert.deepEqual(objective(''), [
    'objective: it must have one of maxQualityLoss, budgetUsdPerRequest, valueOfGoodAnswerUsd, thresholds, heuristic',
  ]);
  assert.deepEqual(objective('thresholds: [0.8], heuristic: v1'), [
    'objective: thresholds and heuristic cannot be combined; keep one of them',
  ]);
  assert.deepEqual(objective('heuristic: v1, certainty: 0.9'), [
    'objective.certainty: it has no effect without maxQualityLoss; set maxQualityLoss, or remove it',
  ]);
  assert.deepEqual(objective('heuristic: v1, withoutConfidence: accept'), [
    'objective.withoutConfidence: it has no effect without thresholds; set thresholds, or remove it',
  ]);
  assert.deepEqual(objective('heuristic: v4'), [
    "objective.heuristic: it must be v1, v2 or v3, but is 'v4'; did you mean 'v1'?",
  ]);
});

test('each kind of objective is read into the rule of the cascade', () => {
  const rule = (text: string): unknown =>
    usable(routes(`auto: { tiers: [small, large], objective: { ${text} } }`)).routes.auto?.objective;
  assert.deepEqual(rule('thresholds: [0.8]'), {
    kind: 'thresholds',
    thresholds: [0.8],
    withoutConfidence: 'escalate',
  });
  assert.deepEqual(rule('thresholds: [0.8], withoutConfidence: accept'), {
    kind: 'thresholds',
    thresholds: [0.8],
    withoutConfidence: 'accept',
  });
  assert.deepEqual(rule('heuristic: v2'), { kind: 'heuristic', version: 'v2' });
  assert.deepEqual(rule('maxQualityLoss: 0.02'), {
    kind: 'last',
    objective: { maxQualityLoss: 0.02, certainty: 0.9 },
  });
});

const serving = (first: string, second: string): string[] =>
  messages(
    routes(`one: { tiers: [small], serves: [${first}] }`, `two: { tiers: [large], serves: [${second}] }`),
  );

test('no two routes serve one name', () => {
  assert.deepEqual(serving('gpt-4o', 'gpt-4o'), [
    "routes.two.serves.0: route 'one' also serves 'gpt-4o'; remove it from one of them",
  ]);
  assert.deepEqual(serving('"*"', '"*"'), [
    "routes.two.serves.0: route 'one' also serves '*'; remove it from one of them",
  ]);
});

test('two patterns of one length that some name fits both are a tie', () => {
  assert.match(
    serving('"gpt-4*"', '"gpt*o-"')[0] ?? '',
    /'gpt-4\*', which covers some of the same names and is equally long/,
  );
});

test('patterns of different length, or without a common name, and exact names beside patterns are no tie', () => {
  assert.deepEqual(serving('"gpt-4*"', '"gpt-*"'), []);
  assert.deepEqual(serving('"gpt-4*"', '"gpt-5*"'), []);
  assert.deepEqual(serving('gpt-4o', '"gpt-4*"'), []);
  assert.deepEqual(serving('"*a"', '"*b"'), []);
});

test('a name stands in a route once; two patterns of one route may overlap', () => {
  const one = (list: string): string[] => messages(routes(`one: { tiers: [small], serves: [${list}] }`));
  assert.deepEqual(one('a, b, a'), ["routes.one.serves.2: 'a' is listed twice; keep one of them"]);
  assert.deepEqual(one('"a*", "*b"'), []);
});

test('a parameter cannot be both taken out and set; some are not to be touched', () => {
  const large = (text: string): string[] =>
    messages(BASE.replace('model: gpt-4.1', `model: gpt-4.1, ${text}`));
  assert.match(large('dropParams: [a], params: { a: 1 }')[0] ?? '', /'a' is also set in params; remove it/);
  assert.match(large('dropParams: [stream]')[0] ?? '', /the gateway sets this parameter itself/);
  assert.match(large('params: { messages: [] }')[0] ?? '', /the gateway sets this parameter itself/);
  assert.deepEqual(
    large('dropParams: [temperature], params: { reasoning_effort: low, nested: { a: [1, null] } }'),
    [],
  );
});

test('the header names of an upstream are header names, and not those of the connection', () => {
  const headers = (text: string): string[] =>
    messages(BASE.replace('location: cloud', `location: cloud, headers: { ${text} }`));
  assert.match(headers('"a b": x')[0] ?? '', /this is not a valid header name/);
  assert.match(headers('Host: x')[0] ?? '', /the gateway sets this header itself/);
  assert.deepEqual(headers('anthropic-version: "2023-06-01"'), []);
});

test('what is allowed and probably not meant is a warning', () => {
  const warns = (text: string, expected: RegExp): void => {
    const warnings = warningsAbout(text);
    assert.equal(warnings.length, 1, warnings.join('\n'));
    assert.match(warnings[0] ?? '', expected);
  };
  warns(
    BASE.replace('${KEY}', 'sk-1'),
    /^weir.yaml:3:73 upstreams.cloud.apiKey: this credential is written into the file/,
  );
  warns(
    BASE.replace('location: cloud', 'location: cloud, headers: { x-api-key: k }'),
    /this credential is written into the file/,
  );
  warns(
    BASE.replace('https://api.openai.com', 'http://gpu.example'),
    /http:\/\/ sends credentials unencrypted/,
  );
  warns(
    BASE.replace('models:', '  spare: { baseUrl: http://127.0.0.1:1/v1, location: cloud }\nmodels:'),
    /^weir.yaml:4:3 upstreams.spare: no model uses this upstream/,
  );
  warns(routes('auto: { tiers: [small], serves: [large] }'), /this has no effect: a model has the same name/);
  warns(
    routes('auto: { tiers: [large], data: { restricted: on-premises } }'),
    /no tier of this route is on-premises/,
  );
});

test('a configuration as it should be gives no warning', () => {
  assert.deepEqual(
    warningsAbout(
      routes(
        'auto: { tiers: [small, large], serves: [auto, "gpt-*"], objective: { heuristic: v1 }, data: { restricted: on-premises } }',
      ),
    ),
    [],
  );
});
