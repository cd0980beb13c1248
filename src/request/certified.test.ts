/** `certified` is said of an answer: header, record, stream and metric agree, and say it only where a certificate speaks of it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { metricOf } from '../audits/testing.ts';
import {
  decisionOf,
  eventsOf,
  withGateway,
  type TestGateway,
  type TestGatewayOptions,
} from '../gateway/testing.ts';
import { answers, refuses, streams } from '../upstream/scripted/scripted-reply.ts';
import { sure, unsure } from '../upstream/scripted/testing.ts';

const large = answers('Rome.');
const down = refuses(500, { message: 'no' });

interface Said {
  decision: string | undefined;
  /** In the header; `null` where it is absent. */
  header: string | null;
  /** In the closing comment of a stream. */
  comment: boolean | undefined;
  recorded: boolean;
}

async function said(gateway: TestGateway, body: object, headers: Record<string, string> = {}): Promise<Said> {
  const response = await gateway.chat(body, headers);
  const text = await response.text();
  const comment = eventsOf(text).comments.find((each) => each.startsWith('weir {'));
  const decision = (await decisionOf(gateway, response)) as { decision: string; certified?: boolean };
  return {
    decision: decision.decision,
    header: response.headers.get('x-weir-certified'),
    comment:
      comment === undefined ? undefined : (JSON.parse(comment.slice(5)) as { certified?: boolean }).certified,
    recorded: decision.certified === true,
  };
}

/** Sends one request to a route whose policy is certified. */
async function certified(
  options: TestGatewayOptions,
  body: object = {},
  headers: Record<string, string> = {},
): Promise<Said> {
  let found: Said | undefined;
  await withGateway({ ...options, policy: { ...options.policy, certified: true } }, async (gateway) => {
    found = await said(gateway, body, headers);
    const counted = await metricOf(gateway, 'weir_certified_answers_total{route="auto"}');
    assert.equal(counted, found.recorded ? 1 : 0);
  });
  assert.ok(found !== undefined);
  return found;
}

const yes = { header: 'yes', comment: undefined, recorded: true };
const no = { header: 'no', comment: undefined, recorded: false };

test('what the policy’s own rule decided stands under its certificate', async () => {
  assert.deepEqual(await certified({ small: sure, large }), { decision: 'accepted', ...yes });
  assert.deepEqual(await certified({ small: unsure, large }), { decision: 'escalated', ...yes });
});

test('what a failure decided, what no check passed, and what is no answer do not', async () => {
  assert.deepEqual(await certified({ small: down, large }), { decision: 'fallback', ...no });
  assert.deepEqual(await certified({ small: unsure, large: down }), { decision: 'fallback', ...no });
  assert.deepEqual(await certified({ small: unsure, large: answers('') }), { decision: 'abstained', ...no });
  assert.deepEqual(await certified({ small: down, large: down }), { decision: 'failed', ...no });
  const refused = { small: unsure, large: answers(''), policy: { onAbstain: 'error' as const } };
  assert.deepEqual(await certified(refused), { decision: 'abstained', ...no });
});

test('nor does what a request narrowed itself, though the rule accepted it', async () => {
  const toSmall = { 'x-weir-max-tier': 'small' };
  assert.deepEqual(await certified({ small: sure, large }, {}, toSmall), { decision: 'accepted', ...no });
  assert.deepEqual(await certified({ small: unsure, large }, {}, toSmall), { decision: 'abstained', ...no });
  const restricted = { 'x-weir-data-class': 'restricted' };
  assert.deepEqual(await certified({ small: sure, large }, {}, restricted), { decision: 'accepted', ...no });
  assert.deepEqual(await certified({ small: unsure, large }, {}, restricted), {
    decision: 'abstained',
    ...no,
  });
});

test('a stream whose decision came before its headers says it in them', async () => {
  const stream = { stream: true };
  assert.deepEqual(await certified({ small: sure, large }, stream), {
    decision: 'accepted',
    ...yes,
    comment: true,
  });
});

test('headers that go first say nothing that could turn out wrong; the end of the stream says it', async () => {
  const stream = { stream: true };
  const live = await certified({ small: unsure, large }, stream);
  assert.deepEqual(live, { decision: 'escalated', header: null, comment: true, recorded: true });
  // The answer is shown while it comes, and turns out to be cut off.
  const truncated = answers({ content: 'Rome is', finish: 'length' });
  const shown = await certified({ small: unsure, large: truncated }, stream);
  assert.deepEqual(shown, { decision: 'abstained', header: null, comment: false, recorded: false });
  const breaking = streams([JSON.stringify({ choices: [{ index: 0, delta: { content: 'Ro' } }] })], 'cut');
  const broken = await certified({ small: unsure, large: breaking }, stream);
  assert.deepEqual(broken, { decision: 'failed', header: null, comment: undefined, recorded: false });
  const early = await certified({ small: sure, large, headerWaitMs: 0 }, stream);
  assert.deepEqual([early.comment, early.recorded], [true, true]);
  assert.notEqual(early.header, 'no');
});

test('headers that go first say `no` where that is certain', async () => {
  const stream = { stream: true };
  const afterFailure = await certified({ small: down, large }, stream);
  assert.deepEqual(afterFailure, { decision: 'fallback', header: 'no', comment: false, recorded: false });
  const narrowed = await certified({ small: unsure, large }, stream, { 'x-weir-max-tier': 'small' });
  assert.deepEqual(narrowed, { decision: 'abstained', header: 'no', comment: false, recorded: false });
});

test('where no policy is certified, nothing is', () =>
  withGateway({ small: unsure, large }, async (gateway) => {
    for (const stream of [false, true]) assert.equal((await said(gateway, { stream })).header, 'no');
  }));

test('a narrowed answer that is shown while it comes has no decision in its headers, for the rule has still to decide', () =>
  withGateway({ small: unsure, large }, async ({ chat, small }) => {
    const response = await chat({ stream: true }, { 'x-weir-max-tier': 'small' });
    assert.equal(response.headers.get('x-weir-decision'), null);
    assert.equal(response.headers.get('x-weir-tier'), 'small');
    assert.match(await response.text(), /"decision":"abstained"/);
    assert.equal(small.asked[0]?.body['logprobs'], true);
  }));
