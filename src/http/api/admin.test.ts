import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorOf, withGateway, type TestGateway, type TestGatewayOptions } from '../../gateway/testing.ts';
import { sure } from '../../upstream/scripted/testing.ts';

const kept: TestGatewayOptions = { small: sure, context: { keepTexts: true } };

interface Question {
  id: string;
  messages: unknown;
  answers: { tier: string; text: string }[];
  reasons: string[];
}

/** A question that the small tier answered and its user marked down. */
async function complain({ chat, post, recorder }: TestGateway): Promise<string> {
  const { id } = (await (await chat({})).json()) as { id: string };
  await post('/v1/feedback', { id, verdict: 'bad' });
  await recorder.flush();
  return id;
}

async function queue({ get }: TestGateway, query = ''): Promise<Question[]> {
  const response = await get(`/admin/api/review${query}`);
  assert.equal(response.status, 200);
  return ((await response.json()) as { data: Question[] }).data;
}

test('operators see where learning stands, of each route', () =>
  withGateway(kept, async (gateway) => {
    await complain(gateway);
    const response = await gateway.get('/admin/api/learning');
    assert.equal(response.status, 200);
    const { object, data } = (await response.json()) as { object: string; data: Record<string, unknown>[] };
    assert.equal(object, 'list');
    assert.equal(data.length, 1);
    assert.equal(data[0]?.['route'], 'auto');
    assert.deepEqual(data[0]['labels'], { complete: 0, certifying: 0 });
    assert.deepEqual((data[0]['estimates'] as { labels: object }).labels, { user: 1 });
  }));

test('the queue has questions with their texts and reasons; a verdict takes them out of it', () =>
  withGateway(kept, async (gateway) => {
    const id = await complain(gateway);
    const [question] = await queue(gateway);
    assert.deepEqual(
      { ...question, createdAt: undefined, tenant: undefined },
      {
        id,
        tenant: undefined,
        route: 'auto',
        messages: [{ role: 'user', content: 'Which town?' }],
        answers: [{ tier: 'small', text: 'Rome of course' }],
        reasons: ['A user marked down an accepted answer.'],
        createdAt: undefined,
      },
    );
    const answer = await gateway.post(`/admin/api/review/${id}`, { tier: 'small', verdict: 'good' });
    assert.equal(answer.status, 200);
    assert.deepEqual(await answer.json(), {
      id,
      object: 'weir.feedback',
      tier: 'small',
      source: 'operator',
      verdict: 1,
    });
    assert.deepEqual(await queue(gateway), []);
    const counted = /weir_labels_total\{route="auto",source="operator"\} 1/;
    assert.match(await gateway.context.api.metrics.text(), counted);
    const { labels } = (await (await gateway.get(`/v1/decisions/${id}`)).json()) as {
      labels: { source: string; verdict: number }[];
    };
    assert.deepEqual(
      new Map(labels.map(({ source, verdict }) => [source, verdict])),
      new Map([
        ['user', 0],
        ['operator', 1],
      ]),
    );
  }));

test('the queue has as many as are asked for', () =>
  withGateway(kept, async (gateway) => {
    await complain(gateway);
    await complain(gateway);
    assert.equal((await queue(gateway)).length, 2);
    assert.equal((await queue(gateway, '?limit=1')).length, 1);
    for (const limit of ['0', '1.5', 'all', '1000']) {
      const error = await errorOf(await gateway.get(`/admin/api/review?limit=${limit}`));
      assert.deepEqual([error.code, error.param], ['invalid_request', 'limit']);
    }
  }));

test('where no texts are kept there is nothing to ask', () =>
  withGateway({ small: sure }, async (gateway) => {
    await complain(gateway);
    assert.deepEqual(await queue(gateway), []);
  }));

test('a verdict that is none, or on nothing, is refused with what is wrong', () =>
  withGateway(kept, async (gateway) => {
    const id = await complain(gateway);
    const errors: [path: string, body: unknown, code: string, param: string | null, message: RegExp][] = [
      [id, { tier: 'small' }, 'invalid_request', 'verdict', /a number from 0 to 1/],
      [id, { tier: 'small', verdict: 2 }, 'invalid_request', 'verdict', /at most 1/],
      [id, { tier: 'small', verdict: 1, x: 1 }, 'invalid_request', 'x', /Invalid 'x'/],
      [id, { tier: 'large', verdict: 1 }, 'invalid_request', 'tier', /Stored answers: small/],
      ['chatcmpl-0', { tier: 'small', verdict: 1 }, 'unknown_id', 'id', /No request has the id/],
      [id, '{', 'invalid_json', null, /./],
    ];
    for (const [path, body, code, param, message] of errors) {
      const error = await errorOf(await gateway.post(`/admin/api/review/${path}`, body));
      assert.deepEqual([error.code, error.param], [code, param]);
      assert.match(error.message, message);
    }
  }));

test('only operators see and say this', () =>
  withGateway(
    {
      ...kept,
      context: {
        keepTexts: true,
        authenticate: () => Promise.resolve({ tenant: 'default', operator: false }),
      },
    },
    async ({ get, post }) => {
      const responses = [
        await get('/admin/api/learning'),
        await get('/admin/api/review'),
        await post('/admin/api/review/x', { tier: 'small', verdict: 1 }),
      ];
      for (const response of responses) {
        assert.equal(response.status, 403);
        assert.equal((await errorOf(response)).code, 'operator_key_required');
      }
    },
  ));

test('another method is told what is possible', () =>
  withGateway(kept, async ({ get, post }) => {
    assert.equal((await post('/admin/api/learning', {})).headers.get('allow'), 'GET, HEAD');
    assert.equal((await get('/admin/api/review/x')).headers.get('allow'), 'POST');
  }));

test("an operator's verdict stands against an earlier feedback that is still to be written, and a user's changes nothing of it", () => {
  let nowMs = Date.now();
  const clock: TestGatewayOptions = {
    small: sure,
    context: { keepTexts: true, now: () => (nowMs += 1) },
  };
  return withGateway(clock, async (gateway) => {
    const id = await complain(gateway);
    const feedback = (said: object): Promise<Response> => gateway.post('/v1/feedback', { id, ...said });
    await feedback({ verdict: 'bad', source: 'operator' });
    await gateway.post(`/admin/api/review/${id}`, { tier: 'small', verdict: 'good' });
    await feedback({ verdict: 0.2 });
    const labels = async (): Promise<string[]> => {
      const decision = await gateway.recorder.decision(id.replace('chatcmpl-', ''), 'default');
      return (decision?.labels ?? []).map(({ source, verdict }) => `${source} ${verdict}`).toSorted();
    };
    assert.deepEqual(await labels(), ['operator 1', 'user 0.2']);
    await gateway.recorder.flush();
    assert.deepEqual(await labels(), ['operator 1', 'user 0.2']);
  });
});
