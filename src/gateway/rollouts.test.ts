import assert from 'node:assert/strict';
import { test } from 'node:test';
import { usable } from '../config/testing.ts';
import { placeOf, rolloutsOf } from './rollouts.ts';

const conversation = (question: string, ...more: string[]) =>
  [question, ...more].map((content, turn) => ({ role: turn % 2 === 0 ? 'user' : 'assistant', content }));
const SECRET = 'a secret';

test('a conversation has one place, whatever is said after its first question, and another on each route', () => {
  const place = placeOf('auto', conversation('What is 1?'), SECRET);
  assert.ok(place >= 0 && place < 1);
  assert.equal(placeOf('auto', conversation('What is 1?', 'One.', 'Really?'), SECRET), place);
  assert.equal(
    placeOf('auto', [{ role: 'system', content: 'Be kind.' }, ...conversation('What is 1?')], SECRET),
    place,
  );
  assert.notEqual(placeOf('other', conversation('What is 1?'), SECRET), place);
  assert.notEqual(placeOf('auto', conversation('What is 1?'), 'another secret'), place);
});

test('places are spread evenly, so that a share of them is that share of the conversations', () => {
  const places = Array.from({ length: 4_000 }, (_, number) =>
    placeOf('auto', conversation(`What is ${number}?`), SECRET),
  );
  for (const share of [0.05, 0.25, 0.5, 0.9]) {
    const taken = places.filter((place) => place < share).length / places.length;
    // Five standard errors.
    assert.ok(
      Math.abs(taken - share) < 5 * Math.sqrt((share * (1 - share)) / places.length),
      `${share}: ${taken}`,
    );
  }
});

test('shares follow the configuration until somebody says otherwise; routes of one tier, and those that serve all, have none', async () => {
  const config = usable(`upstreams: { here: { baseUrl: http://127.0.0.1:1/v1, location: on-premises } }
models: { small: { upstream: here, model: a }, large: { upstream: here, model: b } }
routes:
  watched: { tiers: [small, large], mode: observe, objective: { thresholds: [0.5] } }
  partly: { tiers: [small, large], rollout: 5%, objective: { thresholds: [0.5] } }
  all: { tiers: [small, large], objective: { thresholds: [0.5] } }
  alone: { tiers: [large], mode: observe }
`);
  const stated = new Map([
    ['partly', { share: 0.5, configured: 0.05 }],
    ['all', { share: 0.5, configured: 0 }],
  ]);
  let asked = 0;
  const secret = (): Promise<string> => {
    asked += 1;
    return Promise.resolve(SECRET);
  };
  const { shares, of } = await rolloutsOf(config, { of: (route) => stated.get(route) }, secret);
  assert.deepEqual(
    [...shares],
    [
      ['watched', 0],
      ['partly', 0.5],
      ['all', 1],
    ],
  );
  assert.equal(asked, 1);
  assert.equal(of('watched')?.takes(conversation('What is 1?')), false);
  assert.equal(of('all'), undefined);
  assert.equal(of('alone'), undefined);
  const greater = await rolloutsOf(config, { of: () => ({ share: 0.8, configured: 0.05 }) }, secret);
  for (let number = 0; number < 200; number += 1) {
    const messages = conversation(`What is ${number}?`);
    if (of('partly')?.takes(messages) === true) assert.equal(greater.of('partly')?.takes(messages), true);
  }
  stated.delete('partly');
  const { watched } = config.routes;
  assert.ok(watched);
  const fixed = { routes: { watched } };
  assert.equal((await rolloutsOf(fixed, { of: () => undefined }, secret)).of('watched')?.share, 0);
  assert.equal(asked, 2, 'observing draws nothing');
});
