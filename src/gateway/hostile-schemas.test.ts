import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { parseConfig } from '../config/load/load.ts';
import { answers } from '../upstream/scripted/scripted-reply.ts';
import { createScriptedServer, type ScriptedServer } from '../upstream/scripted/scripted-server.ts';
import { createGateway, createLog, type Gateway } from './gateway.ts';

let server: ScriptedServer;
let gateway: Gateway;
let url: string;

before(async () => {
  // It says what the request asks it to say, and is certain of it.
  server = await createScriptedServer({
    chat: (asked) => {
      const { say = 'Rome', call } = (asked.body['metadata'] ?? {}) as { say?: string; call?: string };
      const given =
        call === undefined
          ? { tokens: [{ text: say, logprob: -0.01, top: [[say, -0.01]] as const }] }
          : { content: '', toolCalls: [{ id: 'call_1', name: call, arguments: say }] };
      const step = answers({ ...given, usage: { inputTokens: 10, outputTokens: 1 } });
      return typeof step === 'function' ? step(asked) : step;
    },
  });
  const text = `listen: 127.0.0.1:0
store: "sqlite::memory:"
log: { level: silent }
upstreams:
  here: { baseUrl: "${server.baseUrl}", location: on-premises, retries: 0 }
models:
  small: { upstream: here, model: small-model, price: { input: 1, output: 1 } }
  large: { upstream: here, model: large-model, price: { input: 100, output: 100 } }
routes: { auto: { tiers: [small, large], objective: { thresholds: [0.5], withoutConfidence: accept } } }
`;
  const loaded = parseConfig(text, { file: 'weir.yaml', folder: '/', environment: {} });
  assert.ok(loaded.ok, JSON.stringify(loaded));
  gateway = await createGateway({ config: loaded.config, environment: {}, log: createLog('silent') });
  url = `http://127.0.0.1:${(await gateway.listen()).port}`;
});
after(async () => {
  await gateway.close();
  await server.close();
});

interface Decided {
  decision: string;
  tier: string;
  costUsd: string;
  attempts: { vetoes: string[]; costUsd: string }[];
  explanation: { judgements: { schemaNotJudged?: string[] }[] };
}

const MESSAGES = '"messages":[{"role":"user","content":"Which town?"}]';

/** Asks in JSON text, for some schemas are too deep to be written from values. */
async function ask(members: string): Promise<{ status: number; text: string; id: string }> {
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: `{"model":"auto",${MESSAGES}${members === '' ? '' : `,${members}`}}`,
  });
  const text = await response.text();
  return { status: response.status, text, id: response.headers.get('x-weir-id') ?? '' };
}

const decisionOf = async (id: string): Promise<Decided> =>
  (await (await fetch(`${url}/v1/decisions/${id}`)).json()) as Decided;

const json = JSON.stringify;
const say = (text: string, call?: string): string => `"metadata":${json({ say: text, call })}`;
const format = (schema: string): string =>
  `"response_format":{"type":"json_schema","json_schema":{"name":"x","schema":${schema}}}`;
const tool = (name: string, schema: string): string =>
  `{"type":"function","function":{"name":"${name}","parameters":${schema}}}`;
const members = <T>(count: number, of: (index: number) => T): Record<string, T> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`p${index}`, of(index)]));
const nested = (depth: number): string => `${'{"not":'.repeat(depth)}{}${'}'.repeat(depth)}`;

const doubling = json({
  $ref: '#/$defs/a0',
  $defs: Object.fromEntries(
    Array.from({ length: 33 }, (_, index) => {
      const next = { $ref: `#/$defs/a${index + 1}` };
      return [`a${index}`, index === 32 ? { type: 'string' } : { allOf: [next, next] }];
    }),
  ),
});
const letters = json(`${'a'.repeat(5_000)}!`);
const manyObjects = json(Array.from({ length: 20_000 }, (_, index) => ({ id: index, of: { town: 'Rome' } })));

/** What stands in the first answer's record: its vetoes, or why the schema judged nothing. */
const CASES: readonly (readonly [
  what: string,
  schema: string,
  value: string,
  expected: readonly string[],
])[] = [
  ['an asynchronous schema', '{"$async":true,"type":"string"}', '1', ['schema_mismatch']],
  ['an asynchronous schema that fits', '{"$async":true,"type":"number"}', '1', []],
  ...['^((a+))+$', '^(a+[)]?)+$', '^(a+(?:b)?)*(a?(c)?)*$', 'a*a*a*a*a*a*b'].map(
    (pattern) => [`the pattern ${pattern}`, json({ pattern }), letters, ['schema_mismatch']] as const,
  ),
  ['32 definitions that double', doubling, '1', ['schema_mismatch']],
  [
    '10,000 properties',
    json({ properties: members(10_000, () => ({ type: 'string' })) }),
    '{"p9999":1}',
    ['schema_mismatch'],
  ],
  ['20,000 objects that must differ', '{"uniqueItems":true}', manyObjects, []],
  ['a schema that is its own reference', '{"$ref":"#"}', '1', ['reference_loop']],
  ['a reference to elsewhere', '{"$ref":"https://example.com/schema.json"}', '1', ['remote_reference']],
  ['a type that does not exist', '{"type":"town"}', '1', ['invalid_schema']],
  ['a schema nested 401 deep', nested(401), '1', ['schema_mismatch']],
  [
    'a schema of 600,000 characters',
    json({ title: 'x'.repeat(600_000) }),
    '1',
    ['schema_not_judged', 'too_large'],
  ],
];

const BUSY: ReadonlySet<string> = new Set(['late', 'overloaded', 'allowance_spent']);

for (const [what, schema, value, expected] of CASES) {
  for (const [where, body] of [
    ['the response format', `${say(value)},${format(schema)}`],
    ['a tool', `${say(value, 'find')},"tools":[${tool('find', schema)}]`],
  ] as const) {
    test(`${what}, in ${where}, is answered and paid for, and holds nobody up`, async () => {
      const [hostile, ...others] = await Promise.all([ask(body), ask(''), ask(''), ask('')]);
      assert.deepEqual([hostile.status, ...others.map(({ status }) => status)], [200, 200, 200, 200]);
      const decided = await decisionOf(hostile.id);
      const { vetoes = [], costUsd } = decided.attempts[0] ?? {};
      const reasons = decided.explanation.judgements[0]?.schemaNotJudged ?? [];
      const wanted = expected.map((each) =>
        where === 'a tool' && each === 'schema_mismatch' ? 'invalid_tool_call' : each,
      );
      // Where the machine is busy, the process that judges may be late; what it says in time is tested where it is made.
      const late = vetoes.includes('schema_not_judged') && reasons.every((reason) => BUSY.has(reason));
      assert.deepEqual([...vetoes, ...reasons], late ? ['schema_not_judged', ...reasons] : wanted);
      assert.equal(costUsd, '0.000011');
      assert.equal(decided.tier, vetoes.length === 0 ? 'small' : 'large');
    });
  }
}

for (const depth of [2_000, 500_000]) {
  test(`a body nested ${depth} deep is refused with a clear word, and holds nobody up`, async () => {
    for (const body of [format(nested(depth)), `"tools":[${tool('find', nested(depth))}]`]) {
      const [hostile, other] = await Promise.all([ask(body), ask('')]);
      assert.deepEqual([hostile.status, other.status], [400, 200]);
      assert.match(hostile.text, /nested/);
    }
  });
}

test('5,000 tools cost nothing, and the one that is called is judged', async () => {
  const tools = Array.from({ length: 5_000 }, (_, index) =>
    tool(`tool_${index}`, '{"type":"object","required":["town"]}'),
  ).join();
  const { status, id } = await ask(`${say('{}', 'tool_4999')},"tools":[${tools}]`);
  assert.equal(status, 200);
  const { attempts, costUsd } = await decisionOf(id);
  assert.deepEqual(attempts[0]?.vetoes, ['invalid_tool_call']);
  assert.equal(costUsd, '0.001111');
});

test('what schemas were judged is counted by verdict and reason', async () => {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  assert.match(metrics, /weir_schema_judgements_total\{verdict="fits",reason=""\} [1-9]/);
  assert.match(metrics, /weir_schema_judgements_total\{verdict="does_not_fit",reason=""\} [1-9]/);
  assert.match(metrics, /weir_schema_judgements_total\{verdict="not_judged",reason="reference_loop"\} [1-9]/);
});
