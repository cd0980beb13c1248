import assert from 'node:assert/strict';
import { test } from 'node:test';
import { v7 as newId } from 'uuid';
import { startLoop } from '../loop/loop.ts';
import { idAt, readLearnerState } from './learner-state.ts';

test('the id of a moment lies between those of earlier and of later requests', () => {
  for (const atMs of [1, 1_700_000_000_000, 1_700_000_000_001, 2 ** 41]) {
    const [before, after] = [newId({ msecs: atMs - 1 }), newId({ msecs: atMs })];
    assert.ok(before < idAt(atMs) && idAt(atMs) < after, `${before} < ${idAt(atMs)} < ${after}`);
  }
});

test('a state of an earlier format is read without what its detectors had gathered; one of a later format is not read', () => {
  const read = { audit: 7, request: idAt(5), tiers: [], answering: {} };
  const epoch = { ...startLoop(5).epoch, certified: true };
  const { rang: _, ...now } = { ...startLoop(5), epoch, read };
  const before = { ...now, format: 1, watch: { usual: { requests: 9 }, lossRun: 3 } };
  const after = readLearnerState(JSON.stringify(before));
  assert.deepEqual(after, { ...startLoop(5), epoch, read });
  assert.deepEqual(readLearnerState(JSON.stringify(after)), JSON.parse(JSON.stringify(after)));
  assert.equal(readLearnerState(JSON.stringify({ ...now, format: 3 })), undefined);
});
