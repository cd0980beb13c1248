import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFeedbackLimits } from '../../request/memory/feedback-limits.ts';
import { errorOf, withGateway, type TestGatewayOptions } from '../../gateway/testing.ts';
import { sure } from '../../upstream/scripted/testing.ts';

const users: TestGatewayOptions['context'] = {
  authenticate: (key) =>
    Promise.resolve({
      tenant: 'default',
      operator: key === 'operator',
      keyId: key ?? '',
    }),
};

test('the same verdict once more is taken and changes nothing', () =>
  withGateway({ small: sure }, async ({ chat, get, post, recorder, context }) => {
    const id = (await chat({})).headers.get('x-weir-id') ?? '';
    const said = { id, verdict: 'bad', comment: 'No.' };
    const first = await post('/v1/feedback', said);
    await recorder.flush();
    const before = await (await get(`/v1/decisions/${id}`)).text();
    for (let time = 0; time < 30; time++) {
      const again = await post('/v1/feedback', said);
      assert.equal(again.status, 202);
      assert.deepEqual(await again.clone().json(), await first.clone().json());
    }
    assert.equal(recorder.stats().pending, 0, 'nothing is written again');
    assert.equal(await (await get(`/v1/decisions/${id}`)).text(), before);
    assert.match(await context.api.metrics.text(), /weir_labels_total\{route="auto",source="user"\} 1/);
    await post('/v1/feedback', { ...said, comment: 'Still no.' });
    assert.equal(recorder.stats().pending, 1, 'another comment is another verdict');
  }));

test('a completion takes a bounded number of verdicts that change something, and says how long to wait', () =>
  withGateway({ small: sure, context: users }, async ({ chat, post }) => {
    const id = (await chat({})).headers.get('x-weir-id') ?? '';
    const statuses: number[] = [];
    for (let time = 0; time < 21; time++)
      statuses.push((await post('/v1/feedback', { id, verdict: time / 100 })).status);
    assert.deepEqual(statuses, [...Array.from({ length: 20 }, () => 202), 429]);
    const refused = await post('/v1/feedback', { id, verdict: 1 });
    const wait = Number(refused.headers.get('retry-after'));
    assert.ok(wait > 3_500 && wait <= 3_600, String(wait));
    const { code, type } = await errorOf(refused);
    assert.deepEqual([code, type], ['rate_limit_exceeded', 'rate_limit_error']);
    assert.equal(
      (await post('/v1/feedback', { id, verdict: 0.19 })).status,
      202,
      'what stands may be repeated',
    );
    const word = { id, verdict: 1, source: 'operator' };
    const authorization = 'Bearer operator';
    assert.equal((await post('/v1/feedback', word, { authorization })).status, 202);
  }));

test('a key sends a bounded number of verdicts in a minute, whatever they are; others go on', () =>
  withGateway(
    {
      small: sure,
      context: {
        ...users,
        feedbackLimits: createFeedbackLimits({ now: () => 0, ofKey: { most: 3, withinMs: 60_000 } }),
      },
    },
    async ({ chat, post }) => {
      const id = (await chat({})).headers.get('x-weir-id') ?? '';
      const one = { authorization: 'Bearer one' };
      const unknown = 'chatcmpl-01900000-0000-7000-8000-000000000000';
      assert.equal((await post('/v1/feedback', { id, verdict: 1 }, one)).status, 202);
      assert.equal((await post('/v1/feedback', { id: unknown, verdict: 1 }, one)).status, 404);
      assert.equal((await post('/v1/feedback', '{', one)).status, 400);
      const refused = await post('/v1/feedback', { id, verdict: 1 }, one);
      assert.equal(refused.status, 429);
      assert.equal(refused.headers.get('retry-after'), '60');
      const other = { authorization: 'Bearer two' };
      assert.equal((await post('/v1/feedback', { id, verdict: 1 }, other)).status, 202);
    },
  ));

test('texts that are too long, or are not text, are refused by name and not stored', () =>
  withGateway({ small: sure }, async ({ chat, get, post }) => {
    const id = (await chat({})).headers.get('x-weir-id') ?? '';
    const before = await (await get(`/v1/decisions/${id}`)).text();
    const long = 'x'.repeat(20_001);
    const bad: [field: string, value: unknown, says: RegExp][] = [
      ['comment', long, /20000 characters/],
      ['correction', long, /20000 characters/],
      ['comment', 'a\u0000b', /are not text/],
      ['correction', 'a\ud800b', /are not text/],
      ['comment', 7, /string/],
      ['comment', null, /string/],
      ['tier', 'x'.repeat(201), /200 characters/],
      ['source', 'judge', /Invalid 'source'/],
      ['verdict', '1e400', /0 to 1/],
    ];
    for (const [field, value, says] of bad) {
      const response = await post('/v1/feedback', { id, verdict: 1, [field]: value });
      assert.equal(response.status, 400, field);
      const { code, param, message } = await errorOf(response);
      assert.deepEqual([code, param], ['invalid_request', field]);
      assert.match(message, says);
      assert.ok(message.length < 500, 'what was sent is not sent back whole');
    }
    assert.equal(await (await get(`/v1/decisions/${id}`)).text(), before);
    const whole = { id, verdict: 1, comment: long.slice(1), correction: 'Ünï\u{1f600}\n' };
    assert.equal((await post('/v1/feedback', whole)).status, 202);
  }));

test('a huge unknown field is not sent back whole', () =>
  withGateway({ small: sure }, async ({ post }) => {
    const { message, param } = await errorOf(
      await post('/v1/feedback', { id: 'x', verdict: 1, ['y'.repeat(50_000)]: 1 }),
    );
    assert.ok(message.length < 500 && (param ?? '').length <= 200);
  }));
