import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LABEL_COLUMNS, OUTCOME_COLUMNS, fromStored, toCells, toStored } from './tables.ts';
import type { OutcomeRow } from '../contract/outcome-rows.ts';
import type { Label } from '../contract/store.ts';
import { labelRow, outcomeRow } from '../testing.ts';

test('a row is the same after it was stored, whatever of it is absent', () => {
  const optional = fc.record(
    {
      tier: fc.string(),
      model: fc.string(),
      confidence: fc.double({ min: 0, max: 1, noNaN: true }),
      ttftMs: fc.double({ min: 0, noNaN: true }),
      costNanoUsd: fc.maxSafeNat(),
      prompt: fc.string(),
    },
    { requiredKeys: [] },
  );
  const flags = fc.record({ certified: fc.boolean(), stream: fc.boolean(), recorded: fc.boolean() });
  fc.assert(
    fc.property(optional, flags, (given, flag) => {
      const row = outcomeRow('a', { ...given, ...flag });
      const stored = toStored<OutcomeRow>(OUTCOME_COLUMNS, row);
      assert.deepEqual(fromStored<OutcomeRow>(OUTCOME_COLUMNS, stored), row);
    }),
  );
});

test('cells come in the order of the columns: what is absent is null, a flag is 0 or 1', () => {
  const fields = Object.keys(OUTCOME_COLUMNS);
  const cells = toCells<OutcomeRow>(OUTCOME_COLUMNS)(outcomeRow('a', { certified: true }));
  assert.equal(cells.length, fields.length);
  assert.equal(cells[fields.indexOf('id')], 'a');
  assert.equal(cells[fields.indexOf('certified')], 1);
  assert.equal(cells[fields.indexOf('recorded')], 0);
  assert.equal(cells[fields.indexOf('costNanoUsd')], null);
});

test('a column that the row does not know is left out', () => {
  const stored = { ...toStored<Label>(LABEL_COLUMNS, labelRow('a')), addedLater: 'x' };
  assert.deepEqual(fromStored<Label>(LABEL_COLUMNS, stored), labelRow('a'));
});
