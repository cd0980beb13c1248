import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openStore } from '../../store/open.ts';
import { attemptRow, auditRow, outcomeRow } from '../../store/testing.ts';
import { readRouteHistory } from './route-history.ts';

test('a route’s history is read without its texts, but shows which prompts are equal and which answers are stored', async (context) => {
  const store = await openStore('sqlite::memory:');
  context.after(() => store.close());
  const prompts = ['["One long prompt."]', '["One long prompt."]', '["Another long prompt."]', undefined];
  for (const [index, prompt] of prompts.entries()) {
    const id = `01900000-0000-7000-8000-00000000000${index}`;
    const kept = prompt === undefined ? {} : { answer: 'A long answer.' };
    const {
      outcomeId: _,
      position: __,
      served: ___,
      ...further
    } = attemptRow(id, 0, { tier: 'large', ...kept });
    await store.write({
      outcomes: [
        {
          outcome: outcomeRow(id, prompt === undefined ? {} : { prompt }),
          attempts: [attemptRow(id, 0, kept)],
        },
      ],
      labels: [],
      audits: [auditRow(id, { attempts: JSON.stringify([further]) })],
    });
  }
  const { recent, audited } = await readRouteHistory(store, 'auto');
  assert.doesNotMatch(JSON.stringify({ recent, audited }), /long/);
  for (const decisions of [recent, audited]) {
    const [one, same, other, none] = decisions.map(({ outcome }) => outcome.prompt);
    assert.equal(one, same);
    assert.notEqual(one, other);
    assert.deepEqual([typeof one, none], ['string', undefined]);
    assert.deepEqual(
      decisions.map(({ attempts }) => attempts[0]?.answer),
      ['', '', '', undefined],
    );
    assert.deepEqual(
      decisions.map(({ audit }) => (JSON.parse(audit?.attempts ?? '') as { answer?: string }[])[0]?.answer),
      ['', '', '', undefined],
    );
  }
});
