/** What the metrics, the API, the commands and the report show of a run is recomputed from the rows of its database, by other code. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createFolder, weir } from '../../src/cli/common/testing.ts';
import { createGateway, createLog, type Gateway } from '../../src/gateway/gateway.ts';
import { answers, refuses, type ScriptedStep } from '../../src/upstream/scripted/scripted-reply.ts';
import { createScriptedServer, type ScriptedServer } from '../../src/upstream/scripted/scripted-server.ts';
import { played } from '../../src/upstream/scripted/testing.ts';
import { configIn } from './scripted-gateway.ts';

const LEARNED = 240;
const MEASURED = 90;

/** The small model gets every eighth question wrong, and is seldom sure of it then. It fails on every thirtieth that is measured. */
const play: ScriptedStep = (asked) => {
  const number = Number(/\d+/.exec(JSON.stringify(asked.body['messages']))?.[0]);
  const isSmall = asked.model === 'tiny';
  if (isSmall && number > 1_000 && number % 30 === 0) return refuses(500, { message: 'out of memory' });
  const wrong = isSmall && number % 8 === 0;
  const logprob = Math.log(wrong && number % 3 > 0 ? 0.3 : 0.97);
  const text = `it is ${wrong ? number + 1 : number}`;
  const usage = { inputTokens: 10 + (number % 5), outputTokens: 5 + (number % (isSmall ? 3 : 11)) };
  return played(answers({ tokens: [{ text, logprob, top: [[text, logprob]] }], usage }), asked);
};

let server: ScriptedServer;
let folder: string;
let remove: () => Promise<void>;
let gateway: Gateway | undefined;
let database: DatabaseSync;
/** When the run that is measured began. */
let sinceMs = 0;
let version = '';
/** What the gateway showed at its end. */
let metrics = '';
let learning: { data: Status[] } = { data: [] };

interface Status {
  labels: { complete: number; certifying: number };
  audits: { judged: number; incomplete: number };
  estimates: {
    requests: number;
    audits: number;
    labels: Record<string, number>;
    loss: { estimate: number; audits: number };
    saving: Record<string, number>;
  };
}

const yaml = (): string => `
listen: 127.0.0.1:0
log: { level: silent }
store: 'sqlite:./weir.db'
retention: { texts: true }
recorder: { interval: 1ms }
upstreams: { here: { baseUrl: '${server.baseUrl}', location: on-premises, retries: 0 } }
models:
  small: { upstream: here, model: tiny, price: { input: 1, output: 2 }, logprobs: stream }
  large: { upstream: here, model: huge, price: { input: 50, output: 70 }, logprobs: stream }
routes: { auto: { tiers: [small, large], objective: { maxQualityLoss: 0.1, certainty: 0.9 } } }
learning: { startRate: 1, auditRate: 1, agreement: exact, maxConcurrent: 16, dailyBudgetUsd: 100, promote: approve }
`;

async function ask(origin: string, number: number): Promise<void> {
  const response = await fetch(`${origin}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      model: 'auto',
      messages: [{ role: 'user', content: `What is ${number}?` }],
      temperature: 0,
    }),
  });
  assert.equal(response.status, 200, await response.text());
}

/** Asks these questions, and waits until each is in the record with its audit. */
async function run(first: number, count: number, atEnd: (origin: string) => Promise<void>): Promise<void> {
  gateway = await createGateway({
    config: configIn(folder, yaml()),
    environment: {},
    log: createLog('silent'),
  });
  const { store } = gateway;
  const earlier = (await store.audits({ route: 'auto', limit: 10_000 })).length;
  const origin = `http://127.0.0.1:${(await gateway.listen()).port}`;
  for (let done = 0; done < count; done += 10)
    await Promise.all(Array.from({ length: 10 }, (_, index) => ask(origin, first + done + index)));
  while ((await store.audits({ route: 'auto', limit: 10_000 })).length < earlier + count) await sleep(20);
  await atEnd(origin);
  await gateway.close();
  gateway = undefined;
}

async function says(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await weir(args, folder);
  assert.equal(code, 0, `${args.join(' ')}\n${stdout}\n${stderr}`);
  return stdout;
}

before(async () => {
  ({ folder, remove } = await createFolder());
  server = await createScriptedServer({ chat: play });
  await writeFile(join(folder, 'weir.yaml'), yaml());
  await run(1, LEARNED, async () => {});
  await says('export', '--out', 'first.jsonl');
  [, version = ''] = /Stored as version (\w+)/.exec(await says('tune', 'first.jsonl')) ?? [];
  await says('versions', 'promote', version);
  sinceMs = Date.now();
  await run(1_001, MEASURED, async (origin) => {
    metrics = await (await fetch(`${origin}/metrics`)).text();
    learning = (await (await fetch(`${origin}/admin/api/learning`)).json()) as typeof learning;
  });
  database = new DatabaseSync(join(folder, 'weir.db'), { readOnly: true });
});
after(async () => {
  database.close();
  await gateway?.close();
  await server.close();
  await remove();
});

/** Rows of the measured run, or of all. */
const rows = (sql: string, ...values: (number | string)[]): Record<string, unknown>[] =>
  database.prepare(sql).all(...values);
const number = (sql: string, ...values: (number | string)[]): number =>
  Number(rows(sql, ...values)[0]?.['n']);

/** The sum of a metric's samples with these labels. */
function shown(name: string, labels: Record<string, string> = {}): number {
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  const samples = metrics
    .split('\n')
    .filter(
      (line) => new RegExp(`^${name}(\\{|\\s)`).test(line) && wanted.every((each) => line.includes(each)),
    );
  return samples.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}

const near = (one: number | undefined, other: number, what: string): void =>
  assert.ok(Math.abs((one ?? NaN) - other) < 1e-9, `${what}: ${one} is not ${other}`);

test('the metrics are sums over the rows of the run', () => {
  for (const { decision, status, n } of rows(
    'select decision, status, count(*) n from outcome where created_at_ms >= ? group by decision, status',
    sinceMs,
  ))
    assert.equal(
      shown('weir_requests_total', { decision: String(decision), status: String(status) }),
      n,
      String(decision),
    );
  assert.equal(shown('weir_requests_total'), MEASURED);
  assert.equal(shown('weir_request_seconds_count'), MEASURED);
  assert.equal(
    shown('weir_certified_answers_total'),
    number('select count(*) n from outcome where created_at_ms >= ? and certified = 1', sinceMs),
  );
  const ofRun = 'from attempt join outcome on outcome.id = outcome_id where outcome.created_at_ms >= ?';
  for (const { tier, code, n, input, output } of rows(
    `select attempt.tier, coalesce(attempt.error_code, 'ok') code, count(*) n, sum(input_tokens) input, sum(output_tokens) output ${ofRun} group by attempt.tier, code`,
    sinceMs,
  )) {
    assert.equal(
      shown('weir_attempts_total', { tier: String(tier), result: String(code) }),
      n,
      `${String(tier)} ${String(code)}`,
    );
    if (code !== 'ok') continue;
    assert.equal(shown('weir_tokens_total', { tier: String(tier), kind: 'input' }), input);
    assert.equal(shown('weir_tokens_total', { tier: String(tier), kind: 'output' }), output);
  }
  assert.ok(
    number(`select count(*) n ${ofRun} and attempt.error_code is not null`, sinceMs) > 0,
    'some failed',
  );
  for (const [metric, column] of [
    ['weir_cost_usd_total', 'cost_nano_usd'],
    ['weir_baseline_usd_total', 'baseline_nano_usd'],
  ] as const) {
    // A request of which a part is not known counts with the part that is.
    const nano = number(
      column === 'cost_nano_usd'
        ? `select sum(attempt.cost_nano_usd) n ${ofRun}`
        : `select sum(${column}) n from outcome where created_at_ms >= ? and cost_nano_usd is not null`,
      sinceMs,
    );
    near(shown(metric), nano / 1e9, metric);
  }
  const ofAudit = 'from audit where created_at_ms >= ?';
  for (const [result, complete] of [
    ['complete', 1],
    ['incomplete', 0],
  ] as const)
    assert.equal(
      shown('weir_audits_total', { result }),
      number(`select count(*) n ${ofAudit} and complete = ${complete}`, sinceMs),
    );
  near(
    shown('weir_audit_cost_usd_total', { part: 'answers' }),
    number(`select coalesce(sum(cost_nano_usd), 0) n ${ofAudit}`, sinceMs) / 1e9,
    'what audits cost',
  );
  assert.equal(
    shown('weir_labels_total', { source: 'agreement' }),
    number("select count(*) n from label where source = 'agreement' and created_at_ms >= ?", sinceMs),
  );
});

/** Every request of the run with the cost and the verdict of each tier's answer, from the rows alone. */
interface Whole {
  tier: string;
  spent: number;
  cost: Partial<Record<string, number>>;
  verdict: Partial<Record<string, number>>;
  complete: boolean;
}

function wholes(): Whole[] {
  return rows('select * from outcome where created_at_ms >= ? order by id', sinceMs).map((outcome) => {
    const id = String(outcome['id']);
    const attempts = rows('select * from attempt where outcome_id = ?', id);
    const audit = rows('select * from audit where outcome_id = ?', id)[0] ?? {};
    const further = JSON.parse(String(audit['attempts'])) as {
      tier: string;
      costNanoUsd?: number;
      errorCode?: string;
    }[];
    const cost: Whole['cost'] = {};
    for (const { tier, cost_nano_usd: nano, error_code: code } of attempts)
      if (code === null) cost[String(tier)] = Number(nano);
    for (const { tier, costNanoUsd, errorCode } of further)
      if (errorCode === undefined && costNanoUsd !== undefined) cost[tier] ??= costNanoUsd;
    const labels = rows('select tier, verdict from label where outcome_id = ?', id);
    return {
      tier: String(outcome['tier']),
      spent: attempts.reduce((sum, { cost_nano_usd: nano }) => sum + Number(nano ?? 0), 0),
      cost,
      verdict: Object.fromEntries(labels.map(({ tier, verdict }) => [String(tier), Number(verdict)])),
      complete: audit['complete'] === 1,
    };
  });
}

const sum = (values: readonly (number | undefined)[]): number =>
  values.reduce<number>((total, value) => total + (value ?? NaN), 0);

test('what operators see of learning is made of the rows, over HTTP and on the terminal alike', async () => {
  const terminal = JSON.parse(await says('learning', '--json')) as { routes: Status[] };
  const [status] = learning.data;
  assert.ok(status !== undefined);
  const { labels, audits, estimates } = status;
  for (const part of ['labels', 'audits', 'estimates'] as const)
    assert.deepEqual(terminal.routes[0]?.[part], status[part], part);
  const judged = (kind: string): number =>
    number(
      `select count(*) n from audit where complete = 1 ${kind} and 2 = (select count(distinct tier) from label where label.outcome_id = audit.outcome_id)`,
    );
  assert.deepEqual([labels.complete, labels.certifying], [judged(''), judged("and kind = 'certification'")]);
  assert.equal(audits.judged, judged(''));
  assert.equal(audits.incomplete, number('select count(*) n from audit where complete = 0'));
  const all = wholes();
  assert.equal(estimates.requests, all.length);
  assert.equal(estimates.audits, all.filter(({ complete }) => complete).length);
  assert.deepEqual(estimates.labels, {
    agreement: sum(all.map(({ verdict }) => Object.keys(verdict).length)),
  });
  // What the last tier served lost nothing.
  const losses = all.map(({ tier, verdict }) =>
    tier === 'large' ? 0 : (verdict['large'] ?? NaN) - (verdict['small'] ?? NaN),
  );
  assert.ok(losses.some((loss) => loss > 0) && losses.includes(0));
  near(estimates.loss.estimate, sum(losses) / losses.length, 'what was lost');
  assert.equal(estimates.loss.audits, losses.length);
  // Of a request that failed at the small model nobody knows the whole cost.
  const known = all.filter(({ cost }) => cost['small'] !== undefined);
  const { saving } = estimates;
  assert.equal(saving['requests'], known.length);
  assert.equal(saving['leftOut'], all.length - known.length);
  near(saving['servingUsd'], sum(known.map(({ spent }) => spent)) / 1e9, 'what serving cost');
  // Every tier was asked: what the request itself did not ask, its audit did.
  const further = known.map(({ cost, spent }) => sum([cost['small'], cost['large']]) - spent);
  near(saving['auditsUsd'], sum(further) / 1e9, 'what audits cost');
  const alone = sum(known.map(({ cost }) => cost['large']));
  near(saving['baselineUsd'], alone / 1e9, 'what the last tier alone would have cost');
  near(
    saving['share'],
    1 - (sum(known.map(({ spent }) => spent)) + sum(further)) / alone,
    'the share that is saved',
  );
});

test('the report of the version that served, on what is exported, is what the rows of its run say', async () => {
  await says('export', '--out', 'run.jsonl', '--since', new Date(sinceMs).toISOString());
  const report = JSON.parse(await says('report', 'run.jsonl', '--version', version, '--json')) as {
    questions: { test: number };
    judged: { unseen: boolean };
    result: {
      relativeCost: { value: number };
      loss: { value: number };
      score: number;
      lastScore: number;
      servedBy: Record<string, number>;
      alwaysLastUsd: number;
    };
    spend: { tier: string; on: string; calls: number; relativeCost: number }[];
    groups: { questions: number }[];
  };
  // A question that some tier did not answer is in no report.
  const all = wholes().filter(({ complete }) => complete);
  const { result } = report;
  assert.equal(report.questions.test, all.length);
  assert.equal(report.judged.unseen, true);
  const alone = sum(all.map(({ cost }) => cost['large']));
  near(result.relativeCost.value, sum(all.map(({ spent }) => spent)) / alone, 'relative cost');
  near(result.alwaysLastUsd, alone / all.length / 1e9, 'what a question costs at the last tier');
  const mean = (of: (whole: Whole) => number | undefined): number => sum(all.map(of)) / all.length;
  near(
    result.score,
    mean(({ tier, verdict }) => verdict[tier]),
    'score',
  );
  near(
    result.lastScore,
    mean(({ verdict }) => verdict['large']),
    'score of the last tier',
  );
  near(result.loss.value, result.lastScore - result.score, 'loss');
  for (const name of ['small', 'large'])
    near(
      result.servedBy[name],
      mean(({ tier }) => (tier === name ? 1 : 0)),
      `served by ${name}`,
    );
  const served = all.filter(({ tier }) => tier === 'small');
  const item = report.spend.find(({ tier, on }) => tier === 'small' && on === 'served');
  assert.equal(item?.calls, served.length);
  near(
    item.relativeCost,
    sum(served.map(({ cost }) => cost['small'])) / alone,
    'spent on served small answers',
  );
  assert.equal(sum(report.groups.map(({ questions }) => questions)), all.length);
});
