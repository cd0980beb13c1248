import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LEARNED_ROUTE, madeAudits } from '../../test/made-audits.ts';
import type { Decision } from '../store/store.ts';
import { createAuditedTraces, type AuditStore } from './audited-traces.ts';

/** What the store has of these requests, all audited. */
function storeOf(prompts: readonly string[]): AuditStore {
  const { outcomes, labels, audits } = madeAudits({ seed: 1, count: prompts.length, fromMs: 1_000 });
  const decisions = outcomes.map(({ outcome, attempts }, index): Decision => {
    const audit = audits[index];
    const own = labels.filter(({ outcomeId }) => outcomeId === outcome.id);
    const prompt = JSON.stringify([{ role: 'user', content: prompts[index] }]);
    return {
      outcome: { ...outcome, prompt },
      attempts,
      labels: own,
      ...(audit === undefined ? {} : { audit }),
    };
  });
  return {
    audits: ({ afterNumber = 0 }) =>
      Promise.resolve(audits.map((audit, index) => ({ ...audit, number: index + 1 })).slice(afterNumber)),
    decision: (id) => Promise.resolve(decisions.find(({ outcome }) => outcome.id === id)),
  };
}

test('audits of one question belong together in fits as in tests, though their texts are not kept in memory', async () => {
  const audited = createAuditedTraces(storeOf(['again', 'another', 'again']), LEARNED_ROUTE.policy);
  await audited.refresh(2_000);
  const { table, rows } = audited.table();
  const [first, second, third] = rows.map(({ cluster }) => cluster);
  assert.equal(first, third);
  assert.notEqual(first, second);
  const [one, two, three] = rows.map(({ row }) => table.clusters[row]);
  assert.equal(one, three);
  assert.notEqual(one, two);
});
