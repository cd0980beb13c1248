/** Drives every row of the table in `docs/operations.md` that says what comes of what can fail. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  failures,
  refuses,
  type AskedChat,
  type ScriptedStep,
} from '../../src/upstream/scripted/scripted-reply.ts';
import { played } from '../../src/upstream/scripted/testing.ts';
import { sections } from '../markdown.ts';
import { textOf } from '../project.ts';
import { inFailingWorld, type Answer, type FailingWorld } from './failing-world.ts';
import { broken, sure, unsure } from './scripted-gateway.ts';

const TOOLS = {
  tools: [
    { type: 'function', function: { name: 'weather', parameters: { type: 'object', properties: {} } } },
  ],
};
/** What ten tokens each way cost more at the large model. */
const EXTRA_USD = '0.000027';

const hasTools = ({ body }: AskedChat): boolean => body['tools'] !== undefined;
const isOdd = ({ body }: AskedChat): boolean => JSON.stringify(body['messages']).includes('odd');
const either =
  (is: (asked: AskedChat) => boolean, then: ScriptedStep, otherwise: ScriptedStep): ScriptedStep =>
  (asked) =>
    played(is(asked) ? then : otherwise, asked);

async function assertFailedOver(world: FailingWorld, answer: Answer, code: string): Promise<void> {
  assert.deepEqual([answer.status, ...answer.marks], [200, 'fallback', 'large', 'small']);
  const { failovers } = await world.explanation(answer);
  assert.deepEqual(failovers, [{ tier: 'small', code, to: 'large', extraUsd: EXTRA_USD }]);
  const metrics = await world.metrics();
  assert.match(metrics, new RegExp(`weir_failovers_total\\{route="auto",tier="small",code="${code}"\\} 1`));
  assert.match(metrics, new RegExp(`weir_failover_cost_usd_total\\{route="auto"\\} 0\\.000027`));
}

/** Five failures within minutes are news. */
async function assertNews(world: FailingWorld): Promise<void> {
  assert.doesNotMatch(await world.degraded(), /keeps failing/);
  for (let more = 0; more < 4; more += 1) assert.equal((await world.ask()).status, 200);
  assert.match(
    await world.degraded(),
    /Tier 'small' of route 'auto' keeps failing .* nothing limits what that costs/,
  );
}

async function assertSkipped(world: FailingWorld, answer: Answer, reason: RegExp): Promise<void> {
  assert.deepEqual([answer.status, ...answer.marks], [200, 'direct', 'large', null]);
  const { judgements, failovers } = await world.explanation(answer);
  const skip = judgements.find(({ tier }) => tier === 'small');
  assert.equal(skip?.action, 'skip');
  assert.match(skip?.reason ?? '', reason);
  assert.equal(failovers, undefined);
  assert.doesNotMatch(await world.metrics(), /weir_failovers_total\{/);
}

/** A route that may pay nothing for failures: what is no failure costs none of it. */
const NOTHING_TO_PAY = ', onTierFailure: { maxExtraUsdPerHour: 0 }';

const ROWS: Record<string, () => Promise<void>> = {
  "a tier's server is dead": () =>
    inFailingWorld({ small: sure, large: sure }, async (world) => {
      await world.small.close();
      await assertFailedOver(world, await world.ask(), 'upstream_unavailable');
      await assertNews(world);
    }),
  'a tier answers with 5xx or nonsense': async () => {
    await inFailingWorld({ small: broken, large: sure }, async (world) => {
      await assertFailedOver(world, await world.ask(), 'upstream_error');
      await assertNews(world);
    });
    await inFailingWorld({ small: failures.garbage, large: sure }, async (world) =>
      assertFailedOver(world, await world.ask(), 'upstream_invalid_response'),
    );
  },
  "a tier's queue is full": () => {
    const released = Promise.withResolvers<ScriptedStep>();
    const slow: ScriptedStep = async (asked) => played(await released.promise, asked);
    return inFailingWorld(
      { small: slow, large: sure, upstream: ', maxConcurrent: 1, maxQueue: 0' },
      async (world) => {
        const first = world.ask();
        await world.small.request(0);
        await assertFailedOver(world, await world.ask(), 'overloaded');
        released.resolve(sure);
        assert.deepEqual((await first).marks, ['accepted', 'small', null]);
      },
    );
  },
  'the money for failures is spent': () =>
    inFailingWorld(
      { small: broken, large: sure, route: ', onTierFailure: { maxExtraUsdPerHour: 0.00002 }' },
      async (world) => {
        assert.equal((await world.ask()).status, 200);
        const answer = await world.ask();
        assert.deepEqual([answer.status, answer.code], [503, 'failure_allowance_exhausted']);
        assert.deepEqual(answer.marks, ['failed', null, 'small']);
        assert.equal(answer.headers.get('retry-after'), '5', 'the tier may have failed this once');
        assert.equal(world.large.asked.length, 1);
        assert.match(await world.degraded(), /what may be paid in an hour .* is spent .* get status 503/);
      },
    ),
  'the last tier, with `serve`': () =>
    inFailingWorld({ small: unsure, large: refuses(401, { message: 'bad key' }) }, async (world) => {
      const answer = await world.ask();
      assert.deepEqual([answer.status, ...answer.marks], [200, 'fallback', 'small', 'large']);
      assert.equal(answer.headers.get('x-weir-cost-usd'), '0.000003');
      assert.equal((await world.explanation(answer)).unaccepted, true);
      assert.match(await world.metrics(), /weir_unaccepted_answers_total\{route="auto"\} 1/);
      const degraded = await world.degraded();
      assert.match(degraded, /The last tier 'large' of route 'auto' fails \(upstream_credentials\)/);
      assert.match(degraded, /served 100\.0 % of the last hour's requests an answer that was not accepted/);
    }),
  'the last tier, with `error`': () =>
    inFailingWorld(
      { small: unsure, large: refuses(401, { message: 'bad key' }), route: ', onLastTierFailure: error' },
      async (world) => {
        const answer = await world.ask();
        assert.deepEqual([answer.status, answer.code], [502, 'upstream_credentials']);
        assert.deepEqual(answer.marks, ['failed', null, 'large']);
        assert.match(await world.degraded(), /The last tier 'large' .* fails .* Requests get its error/);
      },
    ),
  'every tier': () =>
    inFailingWorld(
      { small: broken, large: refuses(429, { message: 'slow down' }, { 'retry-after': '7' }) },
      async (world) => {
        const answer = await world.ask();
        assert.deepEqual([answer.status, answer.code], [429, 'upstream_rate_limited']);
        assert.equal(answer.headers.get('retry-after'), '7');
        assert.deepEqual(answer.marks, ['failed', null, 'small, large']);
        assert.match(await world.degraded(), /The last tier 'large' .* fails \(upstream_rate_limited\)/);
      },
    ),
  'a model takes no tools': () => {
    const refused = refuses(400, { message: 'this model does not support tools' });
    return inFailingWorld(
      { small: either(hasTools, refused, sure), large: sure, route: NOTHING_TO_PAY },
      async (world) => {
        await assertSkipped(world, await world.ask(TOOLS), /cannot answer this request/);
        // The gateway's own question with a tool, and one without.
        await world.small.request(2);
        let known = await world.ask(TOOLS, world.keys[1]);
        while (known.headers.get('x-weir-attempts') !== '1') known = await world.ask(TOOLS, world.keys[1]);
        await assertSkipped(world, known, /takes no tools .*also when Weir itself asked/);
        assert.deepEqual((await world.ask()).marks, ['accepted', 'small', null]);
        assert.equal(await world.degraded(), '');
      },
    );
  },
  "a model's template refuses one key's requests": () => {
    const odd = { messages: [{ role: 'user', content: 'odd' }] };
    return inFailingWorld(
      { small: either(isOdd, broken, sure), large: sure, route: NOTHING_TO_PAY },
      async (world) => {
        const [one, two] = world.keys;
        for (let round = 0; round < 20; round += 1) {
          assert.deepEqual((await world.ask({}, two)).marks, ['accepted', 'small', null]);
          await assertSkipped(world, await world.ask(odd, one), /cannot answer this request/);
        }
        assert.equal(await world.degraded(), '');
      },
    );
  },
  'a prompt is too long for a tier': () =>
    inFailingWorld(
      {
        small: refuses(400, { message: 'too long', code: 'context_length_exceeded' }),
        large: sure,
        route: NOTHING_TO_PAY,
      },
      async (world) => {
        await assertSkipped(world, await world.ask(), /The prompt is too long/);
        assert.equal(await world.degraded(), '');
      },
    ),
  'no tier can have a request': async () => {
    const refused = refuses(400, { message: 'no such parameter', code: 'bad' });
    await inFailingWorld({ small: refused, large: refused, route: NOTHING_TO_PAY }, async (world) => {
      const answer = await world.ask();
      assert.deepEqual([answer.status, answer.code], [400, 'bad']);
      assert.match(answer.text, /no such parameter/);
      assert.equal(await world.degraded(), '');
    });
    await inFailingWorld(
      { small: sure, large: sure, model: ', supports: { tools: false }' },
      async (world) => {
        const answer = await world.ask(TOOLS, undefined, { 'x-weir-max-tier': 'small' });
        assert.deepEqual([answer.status, answer.code], [400, 'no_tier_allowed']);
        assert.match(answer.text, /small takes no tools \(`models\.\*\.supports` says so\)/);
        assert.equal(world.small.asked.length, 0);
      },
    );
  },
};

function documentedRows(): string[] {
  const { text = '' } =
    sections(textOf('docs/operations.md')).find(({ heading }) => heading === 'What fails') ?? {};
  const rows = text.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| what fails'));
  return rows.map((row) => row.split(' | ')[0]?.slice(2) ?? '');
}

test('every row of the table is driven, and every one that is driven stands there', () => {
  assert.deepEqual(documentedRows().toSorted(), Object.keys(ROWS).toSorted());
});

for (const [row, drive] of Object.entries(ROWS)) test(`what fails: ${row}`, drive);
