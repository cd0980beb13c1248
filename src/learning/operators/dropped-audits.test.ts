import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Decision } from '../../store/contract/store.ts';
import { auditRow, outcomeRow } from '../../store/testing.ts';
import { droppedAudits } from './dropped-audits.ts';

const MINUTE = 60_000;
/** Noon. */
const NOW = Date.parse('2026-11-20T12:00:00Z');

interface Kind {
  audit?: 'made' | 'not made' | 'failed' | 'learning';
  says?: object;
  ageMs?: number;
}

/** A request a minute, each as the function says. */
function requests(count: number, of: (number: number) => Kind): Decision[] {
  return Array.from({ length: count }, (_, number): Decision => {
    const id = `r${number}`;
    const { audit, says = {}, ageMs = (count - number) * MINUTE } = of(number);
    const explanation = JSON.stringify({ request: {}, judgements: [], ...says });
    const outcome = outcomeRow(id, { tier: 'small', createdAtMs: NOW - ageMs, explanation });
    const row = {
      made: {},
      'not made': { complete: false, attempts: '[]', problem: 'Too many audits waited.' },
      failed: { complete: false, attempts: '[{"tier":"large"}]' },
      learning: { kind: 'learning' as const, complete: false, attempts: '[]' },
    };
    return {
      outcome,
      attempts: [],
      labels: [],
      ...(audit === undefined ? {} : { audit: auditRow(id, row[audit]) }),
    };
  });
}

const dropped = (recent: Decision[]) => droppedAudits({ recent }, NOW);

test('where every audit that was due was made, none is missing', () => {
  assert.deepEqual(dropped(requests(400, (at) => (at % 4 === 0 ? { audit: 'made' } : {}))), {
    due: 100,
    dropped: 0,
    overBudget: 0,
  });
});

test('audits that were not made count as dropped, and those that a tier ended do not', () => {
  const kinds = ['made', 'not made', 'failed', 'made'] as const;
  const recent = requests(400, (at) => ({ audit: kinds[at % 4] ?? 'made' }));
  assert.deepEqual(dropped(recent), { due: 400, dropped: 100, overBudget: 0 });
});

test('where no coin was tossed, about as many would have been drawn as of the others', () => {
  const recent = requests(400, (at) =>
    at < 200
      ? at % 4 === 0
        ? { audit: 'made' }
        : {}
      : { says: { untossed: at < 300 ? 'budget' : 'store_failed' } },
  );
  assert.deepEqual(dropped(recent), { due: 100, dropped: 50, overBudget: 25 });
});

test('requests that no certificate speaks of, learning audits and old requests are not counted', () => {
  const recent = [
    ...requests(400, (at) => (at % 4 === 0 ? { audit: 'made' } : {})),
    ...requests(100, () => ({ says: { uncovered: 'tool_loop' } })),
    ...requests(100, () => ({ audit: 'not made', ageMs: 8 * 86_400_000 })),
  ];
  assert.deepEqual(dropped(recent), { due: 100, dropped: 0, overBudget: 0 });
  const learning = [...requests(400, (at) => ({ audit: at % 4 === 0 ? 'made' : 'learning' }))];
  assert.deepEqual(dropped(learning), { due: 100, dropped: 0, overBudget: 0 });
});

test('too few due requests, or no coin that was tossed at all, give no share', () => {
  assert.equal(dropped(requests(19, () => ({ audit: 'made' }))), undefined);
  assert.equal(dropped(requests(2_000, () => ({}))), undefined);
  assert.equal(dropped(requests(2_000, () => ({ says: { untossed: 'budget' } }))), undefined);
});
