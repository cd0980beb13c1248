/** One log of requests, audits and verdicts, learned from in portions of any size: the same versions, events and state. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { createLearner } from '../../src/learning/learner/learner.ts';
import type { Batch, Label } from '../../src/store/contract/store.ts';
import { labelRow } from '../../src/store/testing.ts';
import { begin, START_MS, stateOf, type World } from '../learner-world.ts';
import { LEARNED_ROUTE, madeAudits, type MadeAudits } from '../made-audits.ts';
import { createChance, type Chance } from '../made-traces.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** What is written at a moment. */
interface Entry {
  atMs: number;
  batch: Batch;
}

/** Requests a second apart, each written with its audit when it has ended; some verdicts come later, and a few too late. */
function entriesOf(made: MadeAudits, chance: Chance): Entry[] {
  const { outcomes, audits, labels } = madeAudits(made);
  return outcomes.flatMap((outcome): Entry[] => {
    const { id, createdAtMs } = outcome.outcome;
    const own = labels.filter(({ outcomeId }) => outcomeId === id);
    const audit = audits.filter(({ outcomeId }) => outcomeId === id);
    const afterMs = chance.coin(0.9)
      ? 0
      : chance.coin(0.9)
        ? 20 * MINUTE_MS * chance.uniform()
        : 3 * HOUR_MS * chance.uniform();
    const at = (label: Label, atMs: number): Label => ({ ...label, createdAtMs: Math.floor(atMs) });
    const entry = (atMs: number, given: readonly Label[], first?: true): Entry => ({
      atMs: atMs + 50,
      batch: {
        outcomes: first ? [outcome] : [],
        audits: first ? audit : [],
        labels: given.map((label) => at(label, atMs)),
      },
    });
    const corrected = labelRow(id, { tier: 'small', source: 'operator', verdict: 0 });
    return [
      ...(afterMs === 0
        ? [entry(createdAtMs, own, true)]
        : [entry(createdAtMs, [], true), entry(createdAtMs + afterMs, own)]),
      ...(audit.length > 0 && chance.coin(0.01)
        ? [entry(createdAtMs + HOUR_MS * chance.uniform(), [corrected])]
        : []),
    ];
  });
}

/** Writes what came until a moment, and then sets the clock to it. */
async function until(world: World, atMs: number, waiting: Entry[]): Promise<void> {
  const come = waiting.filter((entry) => entry.atMs <= atMs);
  waiting.splice(0, waiting.length, ...waiting.filter((entry) => entry.atMs > atMs));
  for (const { batch } of come.toSorted((a, b) => a.atMs - b.atMs)) await world.store.write(batch);
  world.later(atMs - world.nowMs());
}

/** What was learned, without when it was written. The ids of requests are read on when nothing comes, by the clock. */
async function learned({ store }: World): Promise<object> {
  const state = await stateOf(store);
  const events = await store.learningEvents({ limit: 1_000 });
  const steps = await store.versionSteps('auto');
  const versions = await store.versions();
  return {
    state: { ...state, read: { ...state?.read, request: '' } },
    events: events.map(({ createdAtMs: _, ...event }) => event).toReversed(),
    steps: steps.map(({ action, version }) => ({ action, version })),
    versions: versions.map(({ hash }) => hash).toSorted(),
  };
}

/** Lives through a day, and learns every minute. @returns all that was written. */
async function live(world: World, chance: Chance): Promise<Entry[]> {
  const log: Entry[] = [];
  const waiting: Entry[] = [];
  let seed = 0;
  const phase = async (made: Partial<MadeAudits>, hours = 0): Promise<void> => {
    const version = (await world.store.activeVersions()).get('auto');
    const entries = entriesOf(
      {
        seed: (seed += 1),
        count: 300,
        fromMs: world.nowMs(),
        ...(version === undefined ? {} : { version }),
        ...made,
      },
      chance,
    );
    log.push(...entries);
    waiting.push(...entries);
    const endMs = world.nowMs() + 300_000 + hours * HOUR_MS;
    const steps = hours === 0 ? 5 : 3;
    const stepMs = Math.floor((endMs - world.nowMs()) / steps);
    for (let step = 0; step < steps; step += 1) {
      await until(world, world.nowMs() + stepMs, waiting);
      await world.learn();
    }
  };
  await phase({});
  await phase({});
  await phase({}, 4);
  await phase({ asked: 'small', audited: false });
  await phase({ asked: 'small' });
  await phase({ asked: 'small', audited: false, unsure: true }, 1);
  await phase({ asked: 'small', count: 150 }, 4);
  return log;
}

/** The same in portions of any size, by two learners that take turns and are restarted at any time. */
async function replay(context: TestContext, log: readonly Entry[], seed: number): Promise<World> {
  const world = await begin(context);
  const chance = createChance(seed);
  const waiting = [...log];
  const endMs = START_MS + 30 * HOUR_MS;
  const learners = [world.learner(), world.learner()];
  const mostMs = (seed === 1 ? 40 : 4) * MINUTE_MS;
  while (waiting.length > 0) {
    const nextMs = Math.min(...waiting.map(({ atMs }) => atMs));
    await until(world, Math.max(nextMs, world.nowMs()) + Math.floor(mostMs * chance.uniform() ** 3), waiting);
    const which = chance.coin(0.5) ? 0 : 1;
    if (chance.coin(0.2)) learners[which] = world.learner();
    await world.learn(learners[which]);
  }
  world.later(endMs - world.nowMs());
  await world.learn();
  return world;
}

test('the same log gives the same versions, events and state, whenever and however often learners look, and whoever does', async (context) => {
  const chance = createChance(5);
  const world = await begin(context);
  const log = await live(world, chance);
  world.later(START_MS + 30 * HOUR_MS - world.nowMs());
  await world.learn();
  const expected = await learned(world);
  const kinds = (await world.store.learningEvents({ limit: 1_000 })).map(({ kind, message }) => ({
    kind,
    message,
  }));
  for (const kind of ['candidate', 'tested', 'promoted', 'alarm', 'moved'])
    assert.ok(
      kinds.some((event) => event.kind === kind),
      `${kind} is missing: ${kinds.map((event) => event.kind).join()}`,
    );
  assert.ok(
    kinds.some(({ message }) => message.startsWith("The confidence in the first tier's answers has fallen")),
    'the log holds a drift that needs no labels',
  );
  for (const seed of [1, 2]) assert.deepEqual(await learned(await replay(context, log, seed)), expected);
  // Once, long afterwards.
  const late = await begin(context);
  await until(late, START_MS + 30 * HOUR_MS, [...log]);
  await late.learn(createLearner({ store: late.store, routes: [LEARNED_ROUTE], now: () => late.nowMs() }));
  assert.deepEqual(await learned(late), expected);
});
