import assert from 'node:assert/strict';
import { test } from 'node:test';
import { attemptRow, auditRow, labelRow, outcomeRow } from '../store/testing.ts';
import type { Decision, LabelSource } from '../store/contract/store.ts';
import { traceSchema, type Trace } from '../traces/trace.ts';
import { LABEL_SOURCES, sourceNames } from '../learning/labels/sources/sources.ts';
import { historyTraces, toTrace, type HistoryOptions } from './history.ts';
import { requestView, toAttempt } from './replay-attempt.ts';

const SOURCES = sourceNames(LABEL_SOURCES);

const request = { features: { promptTokens: 12, turns: 1 }, inputTokens: 12, maxOutputTokens: 64, u: 0.25 };
const outcome = outcomeRow('a', { explanation: JSON.stringify({ request, judgements: [] }) });
const small = attemptRow('a', 0, {
  costNanoUsd: 1_300,
  inputTokens: 120,
  outputTokens: 3,
  ttftMs: 5,
  served: false,
});
const large = attemptRow('a', 1, { tier: 'large', model: 'gpt-4.1', vetoes: '["truncated"]' });
const decision: Decision = { outcome, attempts: [small, large], labels: [] };

function traceOf(changes: Partial<Decision> = {}, sources: HistoryOptions['sources'] = SOURCES): Trace {
  const trace = toTrace({ ...decision, ...changes }, sources);
  assert.ok(trace !== undefined);
  return trace;
}

test('a request becomes a question with all that is known of it and of its answers', () => {
  assert.deepEqual(traceOf(), {
    id: 'a',
    group: 'billing',
    route: 'auto',
    createdAt: '2023-11-14T22:13:20.000Z',
    maxTokens: 64,
    request: { features: request.features, inputTokens: 12, u: 0.25 },
    attempts: {
      small: {
        model: 'qwen3:4b',
        costUsd: 1.3e-6,
        inputTokens: 120,
        outputTokens: 3,
        latencyMs: 11.25,
        ttftMs: 5,
        signals: { answerProb: 0.93 },
        vetoes: [],
      },
      large: { model: 'gpt-4.1', latencyMs: 11.25, signals: { answerProb: 0.93 }, vetoes: ['truncated'] },
    },
  });
});

test('an answer says whose it is, as far as the record does', () => {
  const known = new Map([['5ec', { model: 'qwen3', identity: 'http://here', quantization: 'Q4_K_M' }]]);
  const attempts = [
    { ...small, source: '5ec', streamed: false, sampling: '{"temperature":0}', fingerprint: 'b1' },
    { ...large, source: 'gone', streamed: true, sampling: '{}' },
  ];
  const trace = toTrace({ ...decision, attempts }, SOURCES, known);
  assert.deepEqual(trace?.attempts['small']?.source, {
    model: 'qwen3',
    identity: 'http://here',
    quantization: 'Q4_K_M',
    streamed: false,
    sampling: { temperature: 0 },
    fingerprint: 'b1',
  });
  assert.equal(trace.attempts['large']?.source, undefined);
});

test('a call for paid signals is no answer of its own: it is what was bought about one', () => {
  const asked = attemptRow('a', 1, {
    about: 0,
    costNanoUsd: 5_000,
    signals: '{"pTrue":0.75,"verbalized":0.9}',
    served: false,
  });
  const { attempts } = traceOf({ attempts: [small, asked, { ...large, position: 2 }] });
  assert.deepEqual(Object.keys(attempts), ['small', 'large']);
  assert.deepEqual(attempts['small']?.signals, { answerProb: 0.93 });
  assert.deepEqual(attempts['small']?.paidSignals, {
    pTrue: { value: 0.75, costUsd: 2.5e-6 },
    verbalized: { value: 0.9, costUsd: 2.5e-6 },
  });
  assert.equal(attempts['large']?.paidSignals, undefined);
});

test('paid signals that failed are not recorded, and an answer without a known cost has none', () => {
  const failed = attemptRow('a', 1, { about: 0, cut: true, errorCode: 'upstream_error', signals: '{}' });
  assert.equal(traceOf({ attempts: [small, failed] }).attempts['small']?.paidSignals, undefined);
  const unpriced = attemptRow('a', 1, { about: 0, signals: '{"pTrue":0.75}' });
  delete unpriced.costNanoUsd;
  assert.deepEqual(traceOf({ attempts: [small, unpriced] }).attempts['small']?.paidSignals, {
    pTrue: { value: 0.75 },
  });
});

test('texts are there where the store kept them', () => {
  const trace = traceOf({
    outcome: { ...outcome, prompt: '[{"role":"user","content":"Well?"}]' },
    attempts: [{ ...small, answer: 'B' }],
  });
  assert.deepEqual(trace.messages, [{ role: 'user', content: 'Well?' }]);
  assert.equal(trace.attempts['small']?.answer, 'B');
});

/** An answer of an audit, as it stands in its JSON. */
const audited = (tier: string, changes: object = {}) => {
  const { outcomeId: _, position: __, served: ___, ...asked } = attemptRow('a', 0, { tier });
  return { ...asked, ...changes };
};
const auditOf = (...attempts: object[]) => auditRow('a', { attempts: JSON.stringify(attempts) });

test('what an audit asked stands beside what the request asked, with the verdicts on it', () => {
  const audit = auditOf(
    audited('large', { model: 'gpt-4.1', costNanoUsd: 7_000, answer: 'B', signals: '{"answerProb":0.99}' }),
    audited('small', { paid: true, costNanoUsd: 500, signals: '{"pTrue":0.25}' }),
  );
  const labels = [
    labelRow('a', { source: 'user', tier: 'small', verdict: 0 }),
    labelRow('a', { source: 'judge', tier: 'small', verdict: 1, propensity: 0.05 }),
    labelRow('a', { source: 'agreement', tier: 'large', verdict: 1, propensity: 0.05 }),
  ];
  const { attempts } = traceOf({ attempts: [small], audit, labels });
  assert.deepEqual(Object.keys(attempts), ['small', 'large']);
  assert.equal(attempts['small']?.score, 1);
  assert.deepEqual(attempts['small'].paidSignals, { pTrue: { value: 0.25, costUsd: 5e-7 } });
  assert.deepEqual(attempts['large'], {
    model: 'gpt-4.1',
    answer: 'B',
    score: 1,
    scoredBy: 'agreement',
    propensity: 0.05,
    costUsd: 7e-6,
    latencyMs: 11.25,
    signals: { answerProb: 0.99 },
    vetoes: [],
  });
});

test('an answer that was served is never replaced by an audit’s, nor is what was bought about it', () => {
  const bought = attemptRow('a', 1, { about: 0, signals: '{"pTrue":0.75}', costNanoUsd: 5_000 });
  const audit = auditOf(
    audited('small', { costNanoUsd: 1 }),
    audited('small', { paid: true, signals: '{"pTrue":0.1}' }),
  );
  const { attempts } = traceOf({ attempts: [small, bought], audit });
  assert.equal(attempts['small']?.costUsd, 1.3e-6);
  assert.equal(attempts['small'].paidSignals?.['pTrue']?.value, 0.75);
});

test('what failed in an audit is none of its answers', () => {
  const audit = auditOf(
    audited('large', { errorCode: 'upstream_timeout' }),
    audited('middle', { cut: true }),
  );
  assert.deepEqual(Object.keys(traceOf({ attempts: [small], audit }).attempts), ['small']);
});

test('it is decided on again by what the gateway knew, texts or none', () => {
  const trace = traceOf();
  const tier = { name: 'large', model: 'm', upstream: 'u', location: 'cloud' as const };
  const view = requestView(trace, { tiers: [tier] });
  assert.deepEqual(
    {
      features: view.features,
      u: view.u,
      inputTokens: view.inputTokens,
      maxOutputTokens: view.maxOutputTokens,
    },
    request,
  );
  assert.deepEqual(toAttempt(trace.attempts['large'] ?? {}, tier, 0).vetoes, ['truncated']);
  assert.deepEqual(toAttempt(trace.attempts['small'] ?? {}, tier, 0).vetoes, []);
});

test('the most trusted label of a tier is its score, in the order that is asked for', () => {
  const labels = [
    labelRow('a', { source: 'user', verdict: 1 }),
    labelRow('a', { source: 'judge', verdict: 0.5, propensity: 0.05 }),
    labelRow('a', { source: 'reference', verdict: 0, tier: 'large' }),
  ];
  const scores = (sources: readonly LabelSource[]) => {
    const { small: first, large: last } = traceOf({ labels }, sources).attempts;
    return [first?.score, first?.['scoredBy'], first?.['propensity'], last?.score];
  };
  assert.deepEqual(scores(SOURCES), [0.5, 'judge', 0.05, 0]);
  assert.deepEqual(scores(['user', 'judge']), [1, 'user', undefined, undefined]);
});

test('answers that failed or were cut short are none, and a request without any is no question', () => {
  const failed = attemptRow('a', 0, { errorCode: 'upstream_timeout' });
  assert.deepEqual(Object.keys(traceOf({ attempts: [failed, large] }).attempts), ['large']);
  assert.equal(toTrace({ ...decision, attempts: [failed, { ...large, cut: true }] }, SOURCES), undefined);
  assert.equal(toTrace({ ...decision, attempts: [] }, SOURCES), undefined);
});

/** A store with so many requests, which gives them in pages. */
function storeOf(count: number) {
  const decisions = Array.from({ length: count }, (_, index): Decision => {
    const id = String(index).padStart(5, '0');
    return { outcome: { ...outcome, id }, attempts: [attemptRow(id, 0)], labels: [] };
  });
  return {
    sources: () => Promise.resolve([]),
    history: ({ afterId = '', limit }: { afterId?: string; limit: number }) =>
      Promise.resolve(decisions.filter(({ outcome: { id } }) => id > afterId).slice(0, limit)),
  };
}

async function all(count: number, options: Partial<HistoryOptions> = {}): Promise<Trace[]> {
  return Array.fromAsync(historyTraces(storeOf(count), { sources: SOURCES, ...options }));
}

test('a history of any length comes whole and in order', async () => {
  for (const count of [0, 1, 500, 1_203]) {
    const traces = await all(count);
    assert.equal(traces.length, count);
    assert.deepEqual(
      traces.map(({ id }) => Number(id)),
      traces.map((_, index) => index),
    );
  }
});

test('splits get their shares, the same question always the same one', async () => {
  const splits = [
    { name: 'fit', share: 0.7 },
    { name: 'test', share: 0.3 },
  ];
  const traces = await all(1_000, { splits });
  const fit = traces.filter(({ split }) => split === 'fit').length;
  // Six standard deviations about 700.
  assert.ok(Math.abs(fit - 700) < 90, String(fit));
  assert.deepEqual(await all(1_000, { splits }), traces);
});

test('a line that is written can be read again', () => {
  assert.deepEqual(traceSchema.parse(JSON.parse(JSON.stringify(traceOf()))), traceOf());
});
