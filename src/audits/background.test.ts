/** Audits stay behind what clients wait for: in the background, few at a time, and over when the gateway ends. */
import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { test } from 'node:test';
import { answers, type ScriptedStep } from '../upstream/scripted/scripted-reply.ts';
import { withSolved } from '../gateway/testing.ts';
import { played, says, smallModel, sure } from '../upstream/scripted/testing.ts';
import { auditsOf, judgeAt, metricOf, withAudits, type AuditingGateway } from './testing.ts';

const quick = answers('Rome');

/** An upstream whose answers wait until they are let go, and how many wait. */
function held(): { step: ScriptedStep; letGo(): void; most(): number; asked(): Promise<void> } {
  const gate = Promise.withResolvers<void>();
  const first = Promise.withResolvers<void>();
  let waiting = 0;
  let most = 0;
  return {
    step: async (asked) => {
      waiting += 1;
      most = Math.max(most, waiting);
      first.resolve();
      await gate.promise;
      waiting -= 1;
      return played(quick, asked);
    },
    letGo: () => gate.resolve(),
    most: () => most,
    asked: () => first.promise,
  };
}

const idOf = (response: Response): string => response.headers.get('x-weir-id')?.slice(9) ?? '';

async function rowOf({ recorder }: AuditingGateway, response: Response) {
  return (await recorder.decision(idOf(response), 'default'))?.audit;
}

test('an answer goes out while the tiers of its audit have not answered', async () => {
  const large = held();
  await withAudits({}, { small: sure, large: large.step }, async (gateway) => {
    const response = await gateway.chat({});
    assert.match(await response.text(), /Rome of course/);
    await large.asked();
    assert.equal(await rowOf(gateway, response), undefined);
    large.letGo();
    await gateway.auditor.idle();
    assert.equal((await rowOf(gateway, response))?.complete, true);
  });
});

test('not more audits run at a time than are allowed, and the others get their turn', async () => {
  for (const maxConcurrent of [1, 3]) {
    const large = held();
    await withAudits({ maxConcurrent }, { small: sure, large: large.step }, async (gateway) => {
      const responses = await Promise.all(Array.from({ length: 8 }, () => gateway.chat({})));
      await large.asked();
      for (let turn = 0; turn < 20; turn += 1) await nextTurn();
      assert.equal(gateway.auditor.waiting(), 8 - maxConcurrent);
      large.letGo();
      await gateway.auditor.idle();
      assert.equal(large.most(), maxConcurrent);
      for (const response of responses) assert.ok((await rowOf(gateway, response))?.complete);
    });
  }
});

test('one audit never takes more than one place at an upstream, though it asks for several paid signals', async () => {
  let under = 0;
  let most = 0;
  const counting: ScriptedStep = async (asked) => {
    under += 1;
    most = Math.max(most, under);
    await nextTurn();
    const reply = await played(smallModel({ pTrue: says(0.8), verbalized: answers('80') }, sure), asked);
    under -= 1;
    return reply;
  };
  await withSolved(
    { paidSignals: ['pTrue', 'verbalized'] },
    { small: counting, large: quick, context: { audits: auditsOf() } },
    async ({ chat, auditor, small }) => {
      await chat({});
      most = 0;
      await auditor.idle();
      assert.equal(small.asked.length, 3);
      assert.equal(most, 1);
    },
  );
});

test('a queue that is full drops and counts; no request is the worse for it', async () => {
  const large = held();
  await withAudits({}, { small: sure, large: large.step }, async (gateway) => {
    await gateway.chat({});
    await large.asked();
    for (let sent = 0; sent < 103; sent += 1) assert.equal((await gateway.chat({})).status, 200);
    assert.equal(gateway.auditor.waiting(), 100);
    assert.equal(await gateway.counted('queue_full'), 3, 'one runs, a hundred wait');
    large.letGo();
    await gateway.auditor.idle();
    assert.equal(await gateway.counted('complete'), 101);
  });
});

test('few long requests fill the queue as well', async () => {
  const large = held();
  const content = 'x'.repeat(6_000_000);
  await withAudits(
    {},
    { small: sure, large: large.step, context: { bodyBytes: 10_000_000, audits: auditsOf() } },
    async (gateway) => {
      for (let sent = 0; sent < 4; sent += 1) {
        await gateway.chat({ messages: [{ role: 'user', content }] });
        await large.asked();
      }
      assert.equal(await gateway.counted('queue_full'), 1, 'one runs, and two are all that may wait');
      large.letGo();
    },
  );
});

test('at the end what waits is dropped and counted, and what runs is stopped and recorded with what it came to', async () => {
  const large = held();
  await withAudits({ judge: judgeAt('local') }, { small: sure, large: large.step }, async (gateway) => {
    const responses = [await gateway.chat({}), await gateway.chat({})];
    await large.asked();
    const closed = gateway.auditor.close();
    assert.equal(gateway.large.asked[0]?.signal.aborted, true);
    large.letGo();
    await closed;
    const [first, second] = await Promise.all(responses.map((response) => rowOf(gateway, response)));
    assert.equal(first?.complete, false);
    assert.match(first.problem ?? '', /^large failed: The gateway was stopped/);
    assert.deepEqual([second?.complete, second?.attempts, second?.costNanoUsd], [false, '[]', 0]);
    assert.match(second?.problem ?? '', /stopped before the audit was made/);
    assert.deepEqual([await gateway.counted('incomplete'), await gateway.counted('stopped')], [1, 1]);
    await gateway.chat({});
    assert.deepEqual([await gateway.counted('stopped'), await gateway.notDrawn('stopped')], [1, 1]);
  });
});

test('while the gateway drains nothing new is audited', async () => {
  let draining = false;
  const small: ScriptedStep = (asked) => {
    draining = true;
    return played(sure, asked);
  };
  await withAudits(
    {},
    { small, large: quick, context: { audits: auditsOf(), draining: () => draining } },
    async (gateway) => {
      assert.equal((await gateway.chat({})).status, 200);
      await gateway.auditor.idle();
      assert.equal(gateway.large.asked.length, 0);
      draining = false;
      assert.equal(await gateway.counted('stopped'), 1);
    },
  );
});

test('a changed configuration drops what waits; one that audits nothing stops what runs', async () => {
  const large = held();
  await withAudits({}, { small: sure, large: large.step }, async (gateway) => {
    const { auditor } = gateway;
    await gateway.chat({});
    await gateway.chat({});
    await large.asked();
    auditor.reconfigured({ audited: true });
    assert.equal(await gateway.counted('reconfigured'), 1);
    assert.equal(gateway.large.asked[0]?.signal.aborted, false);
    auditor.reconfigured({ audited: false });
    assert.equal(gateway.large.asked[0]?.signal.aborted, true);
    large.letGo();
    await auditor.idle();
    assert.equal(await gateway.counted('incomplete'), 1);
  });
});

test('a request that began before audits were switched off, and ends after, is not audited; on again, they are', async () => {
  const small = held();
  await withAudits({}, { small: small.step, large: quick }, async (gateway) => {
    const { auditor } = gateway;
    const response = gateway.chat({});
    await small.asked();
    auditor.reconfigured({ audited: false });
    small.letGo();
    const { row } = await gateway.auditOf(await response);
    assert.deepEqual([row?.complete, row?.attempts], [false, '[]'], 'its coin had fallen before');
    assert.equal(await gateway.counted('reconfigured'), 1);
    await gateway.chat({});
    assert.equal(await gateway.notDrawn('reconfigured'), 1);
    auditor.reconfigured({ audited: true });
    assert.notEqual((await gateway.auditOf(await gateway.chat({}))).row, undefined);
  });
});

test('what an audit has cost counts for the day, also where the gateway fails to record it', () =>
  withAudits(
    {
      // Less than the answer of one audit costs.
      dailyBudgetUsd: 0.000_001,
      conversation: () => {
        throw new Error('a fault of ours');
      },
    },
    { small: sure, large: quick },
    async (gateway) => {
      const { row } = await gateway.auditOf(await gateway.chat({}));
      assert.deepEqual([row?.complete, row?.conversation], [false, undefined]);
      assert.match(row?.problem ?? '', /A fault of the gateway itself/);
      await gateway.auditOf(await gateway.chat({}));
      assert.equal(await gateway.counted('internal_error'), 1);
      assert.equal(await gateway.notDrawn('budget'), 1);
      assert.equal(gateway.large.asked.length, 1);
    },
  ));

test('where the store cannot say what was spent, nothing is', () => {
  const locked = (): Promise<never> => Promise.reject(new Error('locked'));
  const auditCosts = { auditCosts: locked, auditCostsOf: locked };
  return withAudits({}, { small: sure, large: quick, auditCosts }, async (gateway) => {
    assert.equal((await gateway.auditOf(await gateway.chat({}))).row, undefined);
    assert.equal(await gateway.notDrawn('store_failed'), 1);
    assert.equal(gateway.large.asked.length, 0);
  });
});

test('a request that the record dropped is not audited: nobody could tell what it was', () =>
  withAudits({}, { small: sure, large: quick }, async (gateway) => {
    await gateway.recorder.close();
    await (await gateway.chat({})).text();
    await gateway.auditor.idle();
    assert.equal(await gateway.counted('not_recorded'), 1);
    assert.equal(gateway.large.asked.length, 0);
  }));

test('an audit may take as long as a request, and no longer', () =>
  withAudits(
    {},
    { small: sure, large: { then: 'never' }, context: { audits: auditsOf(), requestTimeoutMs: 50 } },
    async (gateway) => {
      const { row } = await gateway.auditOf(await gateway.chat({}));
      assert.equal(row?.complete, false);
      assert.match(row.problem ?? '', /took longer than 50 ms/);
    },
  ));

test('the number of audits that wait is a metric of the gateway', async () => {
  await withAudits({}, { small: sure, large: quick }, async (gateway) => {
    gateway.metrics.watch(() => ({
      dropped: 0,
      queued: 0,
      memoryHeld: 0,
      memoryRefused: 0,
      auditsWaiting: 7,
      alarms: [],
      schemaProcessDeaths: 0,
      shares: new Map(),
      available: new Map(),
    }));
    assert.equal(await metricOf(gateway, 'weir_audits_waiting'), 7);
  });
});
