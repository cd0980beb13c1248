/** Clients that leave before their answer is complete choose nothing by it: what was drawn stays drawn. */
import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { test } from 'node:test';
import { createSchemaJudge } from '../schemas/judge.ts';
import { answers, streams, type ScriptedStep } from '../upstream/scripted/scripted-reply.ts';
import { played, sure, unsure } from '../upstream/scripted/testing.ts';
import { auditsOf, withAudits, type AuditingGateway } from './testing.ts';

const large = answers('Rome');

/** Streams the whole text, and then neither the reason to end nor the end. */
const unfinished = streams(
  ['Ro', 'me'].map((content) =>
    JSON.stringify({ model: 'huge', choices: [{ index: 0, delta: { content } }] }),
  ),
  'hang',
);

/** Streams so first, and answers as usual from then on. */
function firstly(step: ScriptedStep): ScriptedStep {
  let asked = 0;
  return (chat) => {
    asked += 1;
    return played(asked === 1 ? step : large, chat);
  };
}

/** The audit of the only request, once nothing is under way any more. */
async function onlyAudit({ context, auditor, recorder }: AuditingGateway, id: string) {
  await context.requests.underWay.ended(10_000);
  await auditor.idle();
  return recorder.decision(id, 'default');
}

const idOf = (response: Response): string =>
  response.headers.get('x-weir-id')?.slice('chatcmpl-'.length) ?? '';

test('one that leaves after the text and before its end leaves a row that says so: it counts as lost', () =>
  withAudits({}, { small: unsure, large: unfinished }, async (gateway) => {
    const response = await gateway.chat({ stream: true });
    const reader = response.body?.getReader();
    let text = '';
    while (!text.includes('"me"')) text += Buffer.from((await reader?.read())?.value ?? []).toString();
    await reader?.cancel();
    const { outcome, audit } = (await onlyAudit(gateway, idOf(response))) ?? {};
    assert.deepEqual([outcome?.status, outcome?.certified], [499, false]);
    assert.deepEqual([audit?.kind, audit?.complete, audit?.attempts], ['certification', false, '[]']);
    assert.match(audit?.problem ?? '', /The client left in the middle of its answer/);
    assert.equal(await gateway.counted('cut'), 1);
    assert.equal(gateway.large.asked.length, 1, 'nobody is asked again');
  }));

test('one that leaves before it has seen anything changes nothing: every tier is asked', async () => {
  for (const stream of [false, true]) {
    let id = '';
    const leaving = new AbortController();
    const small: ScriptedStep = firstly(() => {
      leaving.abort();
      return { then: 'never' };
    });
    await withAudits(
      { conversation: () => undefined },
      { small, large, context: { audits: auditsOf() } },
      async (gateway) => {
        const record = gateway.context.requests.recorder;
        Object.assign(gateway.context.requests, {
          recorder: {
            record(...row: Parameters<typeof record.record>) {
              ({ id } = row[0]);
              return record.record(...row);
            },
          },
        });
        await gateway.chat({ stream }, {}, leaving.signal).then(
          (response) => response.body?.cancel(),
          () => undefined,
        );
        const { outcome, audit } = (await onlyAudit(gateway, id)) ?? {};
        assert.equal(outcome?.status, 499);
        assert.deepEqual([audit?.kind, audit?.complete], ['certification', true]);
        assert.deepEqual([gateway.small.asked.length, gateway.large.asked.length], [2, 1]);
      },
    );
  }
});

test('one that leaves when its answer is there is audited with that answer', async () => {
  const leaving = new AbortController();
  const judge = createSchemaJudge();
  let id = '';
  const schemaJudge: Pick<typeof judge, 'judge'> = {
    judge(...asked) {
      leaving.abort();
      return judge.judge(...asked);
    },
  };
  await withAudits(
    {},
    {
      small: answers('{"town":"Rome"}'),
      large,
      policy: { rule: { kind: 'thresholds', thresholds: [0], withoutConfidence: 'accept' } },
    },
    async (gateway) => {
      const { record } = gateway.context.requests.recorder;
      Object.assign(gateway.context.requests, {
        schemaJudge,
        recorder: {
          record(...row: Parameters<typeof record>) {
            ({ id } = row[0]);
            return record(...row);
          },
        },
      });
      const schema = { type: 'object', properties: { town: { type: 'string' } } };
      const form = { type: 'json_schema', json_schema: { name: 'town', schema } };
      await gateway.chat({ response_format: form }, {}, leaving.signal).catch(() => undefined);
      const { outcome, audit } = (await onlyAudit(gateway, id)) ?? {};
      assert.equal(outcome?.status, 499);
      assert.deepEqual([audit?.kind, audit?.complete], ['certification', true]);
      assert.equal(gateway.small.asked.length, 1, 'its own answer counts');
    },
  );
  judge.close();
});

test('one slow sender’s audits are dropped for its own, and another’s are all made', async () => {
  const gate = Promise.withResolvers<void>();
  const waits: ScriptedStep = async (asked) => {
    const slow = JSON.stringify(asked.body).includes('slow');
    if (slow) await gate.promise;
    return played(large, asked);
  };
  await withAudits({}, { small: sure, large: waits }, async (gateway) => {
    const send = (content: string): Promise<Response> =>
      gateway.chat({ messages: [{ role: 'user', content }] });
    const authenticate = (keyId: string) => () =>
      Promise.resolve({ keyId, tenant: 'default', operator: false });
    Object.assign(gateway.context.admission, { authenticate: authenticate('one') });
    for (let sent = 0; sent < 150; sent += 1) {
      await send(`slow ${sent}`);
      while (gateway.large.asked.length === 0) await nextTurn();
    }
    Object.assign(gateway.context.admission, { authenticate: authenticate('two') });
    const others = await Promise.all(Array.from({ length: 20 }, (_, number) => send(`quick ${number}`)));
    assert.equal(gateway.auditor.waiting(), 100);
    gate.resolve();
    for (const response of others) {
      const { row } = await gateway.auditOf(response);
      assert.equal(row?.complete, true);
    }
    assert.equal(await gateway.counted('queue_full'), 69, 'of the one that sent too much');
    assert.equal(await gateway.counted('complete'), 101);
  });
});
