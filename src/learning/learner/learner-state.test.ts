import assert from 'node:assert/strict';
import { test } from 'node:test';
import { v7 as newId } from 'uuid';
import { startLoop } from '../loop/loop.ts';
import { idAt, notAhead, readLearnerState, withEpochAfter } from './learner-state.ts';

test('the id of a moment lies between those of earlier and of later requests', () => {
  for (const atMs of [1, 1_700_000_000_000, 1_700_000_000_001, 2 ** 41]) {
    const [before, after] = [newId({ msecs: atMs - 1 }), newId({ msecs: atMs })];
    assert.ok(before < idAt(atMs) && idAt(atMs) < after, `${before} < ${idAt(atMs)} < ${after}`);
  }
});

test('a state of an earlier format is taken over but for what its detectors gathered, its candidate and what was certified; one of a later format is not read', () => {
  const read = { audit: 7, request: idAt(5), tiers: [], answering: {} };
  const { after: _, ...epoch } = {
    ...startLoop(50).epoch,
    certified: true,
    wealth: { attempts: 3, carried: 0 },
  };
  const before = {
    epoch,
    read,
    auditing: 'usual',
    candidate: { hash: 'abc', frozenAtMs: 60, fitRows: 80, looks: [{ rows: 40 }], taken: 0 },
    inForce: { hash: 'def', sinceMs: 70, lossRate: 0.02 },
    watch: { usual: { requests: 9 }, lossRun: 3 },
  };
  for (const format of [1, 2]) {
    const now = readLearnerState(JSON.stringify({ ...before, format })) ?? assert.fail();
    const { epoch: begun } = startLoop(50);
    assert.deepEqual(now, {
      ...startLoop(50),
      epoch: begun,
      read,
      auditing: 'raised',
      inForce: { hash: 'def', sinceMs: 70, after: 7, lossRate: 0.02 },
      isByTime: true,
    });
    assert.deepEqual(readLearnerState(JSON.stringify(now)), JSON.parse(JSON.stringify(now)));
    const rows = [40, 60, 45, 50].map((atMs, index) => ({ number: index + 1, row: { atMs } }));
    const { isByTime, epoch: numbered } = withEpochAfter(now, rows);
    assert.deepEqual(
      [isByTime, numbered.after],
      [undefined, 3],
      'audits of the epoch come after the last one before it',
    );
  }
  assert.equal(readLearnerState(JSON.stringify({ ...before, format: 4 })), undefined);
});

test('a clock that was ahead holds up no requests', () => {
  const ahead = 1e12;
  const candidate = { hash: 'abc', frozenAtMs: ahead, after: 5, fitRows: 80, looks: [], taken: 0 };
  const read = { audit: 7, request: idAt(ahead), tiers: [], answering: {} };
  const state = {
    ...startLoop(ahead, 5),
    candidate,
    inForce: { hash: 'def', sinceMs: ahead, after: 5 },
    read,
  };
  const now = notAhead(state, 1e11);
  assert.deepEqual(
    { ...now, read: now.read.request },
    { ...state, read: idAt(1e11) },
    'audits are ordered by their numbers',
  );
  assert.equal(notAhead(state, ahead - 1_000), state, 'a clock that is a little ahead catches up');
});
