import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Batch } from '../contract/store.ts';
import { attemptRow, auditRow, away, gate, labelRow, outcomeRow, record, startRecorder } from '../testing.ts';

describe('recording', () => {
  test('nothing is written before the batch is full, then all of it is', async (context) => {
    const full = gate();
    const batches: Batch[] = [];
    const { recorder } = await startRecorder(context, { batchSize: 3 }, (store) => ({
      write: async (batch) => {
        batches.push(batch);
        await store.write(batch);
        full.resolve();
      },
    }));
    for (const id of ['a', 'b', 'c']) {
      assert.equal(batches.length, 0);
      assert.equal(record(recorder, id), true);
    }
    assert.equal(batches.length, 0);
    await full.promise;
    assert.deepEqual(
      batches[0]?.outcomes.map(({ outcome }) => outcome.id),
      ['a', 'b', 'c'],
    );
  });

  test('a batch that does not fill is written after the interval', async (context) => {
    const written = gate();
    const { recorder } = await startRecorder(context, { intervalMs: 1 }, (store) => ({
      write: async (batch) => {
        await store.write(batch);
        written.resolve();
      },
    }));
    record(recorder, 'a');
    await written.promise;
  });

  test('a flush writes all that was recorded before it, in batches of the given size', async (context) => {
    const sizes: number[] = [];
    const { recorder, store } = await startRecorder(context, { batchSize: 4 }, (inner) => ({
      write: async (batch) => {
        sizes.push(batch.outcomes.length);
        await inner.write(batch);
      },
    }));
    for (let index = 0; index < 10; index += 1) record(recorder, `${index}`);
    await recorder.flush();
    assert.deepEqual(sizes, [4, 4, 2]);
    assert.deepEqual(await store.counts(), { outcomes: 10, attempts: 10, labels: 0 });
    assert.deepEqual(recorder.stats(), { pending: 0, written: 10, dropped: {} });
  });

  test('a flush that comes while another is under way waits for its own rows too', async (context) => {
    const { recorder, store } = await startRecorder(context);
    record(recorder, 'a');
    const first = recorder.flush();
    record(recorder, 'b');
    await Promise.all([first, recorder.flush(), recorder.flush()]);
    assert.equal((await store.counts()).outcomes, 2);
  });

  test('between two batches the event loop gets its turn', async (context) => {
    const { recorder } = await startRecorder(context, { batchSize: 1 });
    for (let index = 0; index < 20; index += 1) record(recorder, `${index}`);
    let turns = 0;
    const count = () => {
      turns += 1;
      if (recorder.stats().pending > 0) setImmediate(count);
    };
    setImmediate(count);
    await recorder.flush();
    assert.ok(turns >= 19, `${turns} turns`);
  });

  test('the metrics are told what was written and what was dropped', async (context) => {
    const told: unknown[] = [];
    const metrics = {
      written: (rows: number, durationMs: number) => told.push(['written', rows, durationMs >= 0]),
      dropped: (reason: string, rows: number) => told.push(['dropped', reason, rows]),
    };
    const { recorder } = await startRecorder(context, { capacity: 1, batchSize: 1, metrics });
    record(recorder, 'a');
    record(recorder, 'b');
    await recorder.flush();
    assert.deepEqual(told, [
      ['dropped', 'queue_full', 1],
      ['written', 1, true],
    ]);
  });
});

describe('what was recorded and is not written yet', () => {
  test('is found as a decision, and is the same after it was written', async (context) => {
    const { recorder } = await startRecorder(context);
    recorder.record(outcomeRow('a'), [attemptRow('a', 1), attemptRow('a', 0)]);
    const before = await recorder.decision('a', 'default');
    assert.deepEqual(
      before?.attempts.map(({ position }) => position),
      [0, 1],
    );
    await recorder.flush();
    assert.deepEqual(await recorder.decision('a', 'default'), before);
  });

  test('is found while it is being written', async (context) => {
    const [writing, mayWrite] = [gate(), gate()];
    const { recorder } = await startRecorder(context, {}, (store) => ({
      write: async (batch) => {
        writing.resolve();
        await mayWrite.promise;
        await store.write(batch);
      },
    }));
    record(recorder, 'a');
    const flushed = recorder.flush();
    await writing.promise;
    assert.equal((await recorder.decision('a', 'default'))?.outcome.id, 'a');
    mayWrite.resolve();
    await flushed;
  });

  test('is hidden from other tenants', async (context) => {
    const { recorder } = await startRecorder(context);
    record(recorder, 'a');
    assert.equal(await recorder.decision('a', 'acme'), undefined);
    await recorder.flush();
    assert.equal(await recorder.decision('a', 'acme'), undefined);
    assert.equal(await recorder.decision('nobody', 'default'), undefined);
  });

  test('is found while the store is away', async (context) => {
    const { recorder } = await startRecorder(context, {}, () => ({ write: away, decision: away }));
    record(recorder, 'a');
    assert.equal((await recorder.decision('a', 'default'))?.outcome.id, 'a');
    await assert.rejects(recorder.decision('b', 'default'), { code: 'store_unavailable' });
  });

  test('includes labels, and the later of two of the same source and tier', async (context) => {
    const { recorder } = await startRecorder(context);
    const verdicts = async () =>
      (await recorder.decision('a', 'default'))?.labels.map(({ source, verdict }) => `${source} ${verdict}`);
    record(recorder, 'a');
    recorder.label(labelRow('a', { verdict: 1 }));
    recorder.label(labelRow('a', { source: 'judge', verdict: 0.5 }));
    recorder.label(labelRow('a', { verdict: 0 }));
    assert.deepEqual(await verdicts(), ['user 0', 'judge 0.5']);
    await recorder.flush();
    recorder.label(labelRow('a', { source: 'judge', verdict: 1 }));
    assert.deepEqual((await verdicts())?.toSorted(), ['judge 1', 'user 0']);
    await recorder.flush();
    assert.deepEqual((await verdicts())?.toSorted(), ['judge 1', 'user 0']);
  });
});

describe('a verdict that waits to be written', () => {
  const operator = { source: 'operator' } as const;
  const early = labelRow('a', { ...operator, verdict: 0, createdAtMs: 1_000 });
  const late = labelRow('a', { ...operator, verdict: 1, createdAtMs: 2_000 });

  test('does not replace a later one that was written past it, neither before it is written nor after', async (context) => {
    const { recorder, store } = await startRecorder(context);
    record(recorder, 'a');
    await recorder.flush();
    recorder.label(early);
    await store.write({ outcomes: [], labels: [late], audits: [] });
    assert.deepEqual((await recorder.decision('a', 'default'))?.labels, [late]);
    await recorder.flush();
    assert.deepEqual((await store.decision('a', 'default'))?.labels, [late]);
    assert.deepEqual(recorder.stats().dropped, {}, 'it is passed over, not refused');
  });

  test('replaces one of the same millisecond: it came after it', async (context) => {
    const { recorder, store } = await startRecorder(context);
    const again = { ...late, verdict: 0.5 };
    record(recorder, 'a');
    await recorder.flush();
    recorder.label(again);
    await store.write({ outcomes: [], labels: [late], audits: [] });
    assert.deepEqual((await recorder.decision('a', 'default'))?.labels, [again]);
    await recorder.flush();
    assert.deepEqual((await store.decision('a', 'default'))?.labels, [again]);
  });
});

describe('an audit and its labels', () => {
  const labels = ['small', 'large'].map((tier) => labelRow('a', { tier, source: 'judge', propensity: 0.05 }));

  test('are one row, written together', async (context) => {
    const batches: Batch[] = [];
    const { recorder, store } = await startRecorder(context, { batchSize: 1 }, (inner) => ({
      write: (batch) => {
        batches.push(batch);
        return inner.write(batch);
      },
    }));
    record(recorder, 'a');
    assert.equal(recorder.audit(auditRow('a'), labels), true);
    assert.equal(recorder.stats().pending, 2);
    await recorder.flush();
    assert.deepEqual(batches[1], { outcomes: [], labels, audits: [auditRow('a')] });
    assert.equal(recorder.stats().written, 2);
    assert.equal((await store.counts()).labels, 2);
  });

  test('are found from the moment they were queued, and are the same after they were written', async (context) => {
    const { recorder } = await startRecorder(context);
    record(recorder, 'a');
    recorder.audit(auditRow('a'), labels);
    recorder.label(labelRow('a', { source: 'judge', verdict: 0 }));
    const before = await recorder.decision('a', 'default');
    assert.deepEqual(before?.audit, auditRow('a'));
    assert.deepEqual(
      before.labels.map(({ tier, verdict }) => `${tier} ${verdict}`),
      ['small 0', 'large 1'],
    );
    await recorder.flush();
    const after = await recorder.decision('a', 'default');
    assert.deepEqual(after?.audit, auditRow('a'));
    assert.deepEqual(new Set(after.labels), new Set(before.labels));
    recorder.audit(auditRow('a', { propensity: 1 }), []);
    assert.deepEqual((await recorder.decision('a', 'default'))?.audit, auditRow('a'));
  });

  test('over the capacity are dropped as one row', async (context) => {
    const { recorder, store } = await startRecorder(context, { capacity: 1 });
    record(recorder, 'a');
    assert.equal(recorder.audit(auditRow('a'), labels), false);
    assert.deepEqual(recorder.stats().dropped, { queue_full: 1 });
    await recorder.flush();
    assert.equal((await store.decision('a', 'default'))?.audit, undefined);
  });

  test('whose request was dropped are dropped alone', async (context) => {
    const { recorder, store } = await startRecorder(context);
    record(recorder, 'a');
    recorder.audit(auditRow('nobody'), [labelRow('nobody')]);
    recorder.audit(auditRow('a'), labels);
    await recorder.flush();
    assert.deepEqual(recorder.stats(), { pending: 0, written: 2, dropped: { row_refused: 1 } });
    assert.deepEqual((await store.decision('a', 'default'))?.audit, auditRow('a'));
    assert.equal((await store.counts()).labels, 2);
  });
});

describe('when too much comes, or the store fails', () => {
  test('rows over the capacity are dropped and counted, and the caller is told', async (context) => {
    const { recorder, store } = await startRecorder(context, { capacity: 2, batchSize: 2 });
    assert.deepEqual(
      ['a', 'b', 'c', 'd'].map((id) => record(recorder, id)),
      [true, true, false, false],
    );
    assert.equal(recorder.label(labelRow('a')), false);
    assert.deepEqual(recorder.stats(), { pending: 2, written: 0, dropped: { queue_full: 3 } });
    await recorder.flush();
    assert.equal(record(recorder, 'e'), true);
    await recorder.flush();
    assert.equal((await store.counts()).outcomes, 3);
  });

  test('a batch that is being written counts towards the capacity', async (context) => {
    const [writing, mayWrite] = [gate(), gate()];
    const { recorder } = await startRecorder(context, { capacity: 2, batchSize: 2 }, (store) => ({
      write: async (batch) => {
        writing.resolve();
        await mayWrite.promise;
        await store.write(batch);
      },
    }));
    record(recorder, 'a');
    record(recorder, 'b');
    await writing.promise;
    assert.equal(record(recorder, 'c'), false);
    mayWrite.resolve();
    await recorder.flush();
  });

  test('a failed batch is tried again, and nothing is lost when the store comes back', async (context) => {
    let failures = 3;
    const waits: number[] = [];
    const sleep = (ms: number) => {
      waits.push(ms);
      return Promise.resolve();
    };
    const { recorder, store } = await startRecorder(context, { sleep }, (inner) => ({
      write: (batch) => (failures-- > 0 ? away() : inner.write(batch)),
    }));
    record(recorder, 'a');
    await recorder.flush();
    assert.equal((await store.counts()).outcomes, 1);
    assert.equal(waits.length, 3);
    assert.deepEqual(
      waits,
      waits.toSorted((one, other) => one - other),
      'each wait is longer than the one before',
    );
    assert.deepEqual(recorder.stats().dropped, {});
  });

  test('a store that stays away loses the batch after a bounded number of tries, and the next batch is tried', async (context) => {
    let tries = 0;
    let isAway = true;
    const { recorder, store } = await startRecorder(context, { batchSize: 2 }, (inner) => ({
      write: (batch) => {
        tries += 1;
        return isAway ? away() : inner.write(batch);
      },
    }));
    record(recorder, 'a');
    record(recorder, 'b');
    await recorder.flush();
    assert.equal(tries, 5);
    assert.deepEqual(recorder.stats().dropped, { store_failed: 2 });
    assert.equal(await recorder.decision('a', 'default'), undefined);
    isAway = false;
    record(recorder, 'c');
    await recorder.flush();
    assert.equal((await store.counts()).outcomes, 1);
  });

  test('one row that the store refuses does not take the others of its batch with it', async (context) => {
    const { recorder, store } = await startRecorder(context);
    record(recorder, 'a');
    recorder.record(outcomeRow('b'), [attemptRow('b', 0), attemptRow('b', 0)]);
    recorder.record(outcomeRow('c', { latencyMs: Number.NaN }), []);
    recorder.label(labelRow('nobody'));
    record(recorder, 'd');
    recorder.label(labelRow('a'));
    await recorder.flush();
    assert.deepEqual(await store.counts(), { outcomes: 2, attempts: 2, labels: 1 });
    assert.deepEqual(recorder.stats(), { pending: 0, written: 3, dropped: { row_refused: 3 } });
  });

  test('the log says at the first failure that the store takes no rows, before any is dropped, and once for all batches', async (context) => {
    const waits: { logged: number; dropped: object }[] = [];
    const sleep = () => {
      waits.push({ logged: logged.length, dropped: recorder.stats().dropped });
      return Promise.resolve();
    };
    let isAway = true;
    const { recorder, logged } = await startRecorder(context, { batchSize: 2, sleep }, (inner) => ({
      write: (batch) => (isAway ? away() : inner.write(batch)),
    }));
    for (const id of ['a', 'b', 'c', 'd']) record(recorder, id);
    await recorder.flush();
    assert.deepEqual(waits[0], { logged: 1, dropped: {} });
    isAway = false;
    record(recorder, 'e');
    await recorder.flush();
    const said = logged.map(({ message }) => message).filter((message) => message.startsWith('The store'));
    assert.equal(said.length, 2);
    assert.match(said[0] ?? '', /takes no rows/);
    assert.match(said[1] ?? '', /takes rows again/);
    assert.match(String(logged[0]?.fields['error']), /disk is full/);
  });

  test('a row that the store refuses is no failure of the store', async (context) => {
    const { recorder, logged } = await startRecorder(context);
    recorder.label(labelRow('nobody'));
    await recorder.flush();
    assert.ok(!logged.some(({ message }) => message.startsWith('The store')));
  });

  test('the log says how many were dropped and why: once soon, and the rest at the end', async (context) => {
    const { recorder, logged: all } = await startRecorder(context, { capacity: 1, batchSize: 1 }, () => ({
      write: away,
    }));
    const logged: typeof all = [];
    const take = (): number => logged.push(...all.splice(0).filter(({ message }) => /dropped/.test(message)));
    for (const id of ['a', 'b', 'c']) record(recorder, id);
    assert.equal(all.length, 0, 'not on the path of the request');
    while (take() === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    await recorder.flush();
    for (const id of ['d', 'e', 'f']) record(recorder, id);
    assert.equal(take(), 1);
    await recorder.close();
    assert.equal(take(), 2);
    assert.equal(
      logged.reduce((rows, { fields }) => rows + Number(fields['rows']), 0),
      6,
    );
    assert.ok(logged.some(({ fields }) => /disk is full/.test(String(fields['error']))));
  });
});
