import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAbilities, PROBE_HOLDS_MS, REFUSAL_HOLDS_MS, type AbilitiesOptions } from './abilities.ts';

function abilitiesAt(given: Partial<AbilitiesOptions> = {}) {
  const clock = { now: 0 };
  const options = { configured: {}, probe: undefined, now: () => clock.now, ...given };
  return { clock, ...createAbilities(options) };
}

test('nothing is known of a model at first, so everything is tried', () => {
  const { obstacle } = abilitiesAt();
  assert.equal(obstacle(['tools', 'images', 'audio', 'jsonSchema'], 'one', 'all'), undefined);
});

test('the configuration is believed before a probe, and a probe before refusals', () => {
  const found = { tools: 'yes', images: 'refused', jsonSchema: 'ignored' } as const;
  const abilities = abilitiesAt({ configured: { tools: false, images: true }, probe: { found, atMs: 0 } });
  assert.match(abilities.obstacle(['tools'], 'one', 'all') ?? '', /takes no tools .*supports/);
  assert.equal(abilities.obstacle(['images'], 'one', 'all'), undefined);
  for (const key of ['one', 'two', 'three'])
    assert.deepEqual(abilities.refused(['tools', 'images', 'jsonSchema'], key), []);
  assert.equal(abilities.obstacle(['jsonSchema'], 'one', 'all'), undefined);
});

test('only the configuration counts where there is no other tier to ask', () => {
  const found = { images: 'refused' } as const;
  const { obstacle } = abilitiesAt({ configured: { tools: false }, probe: { found, atMs: 0 } });
  assert.equal(obstacle(['images'], 'one', 'configured'), undefined);
  assert.match(obstacle(['tools'], 'one', 'configured') ?? '', /takes no tools/);
});

test('what a probe found is forgotten after a month', () => {
  const { clock, obstacle } = abilitiesAt({ probe: { found: { images: 'refused' }, atMs: 0 } });
  clock.now = PROBE_HOLDS_MS - 1;
  assert.match(obstacle(['images'], 'one', 'all') ?? '', /weir -- doctor/);
  clock.now = PROBE_HOLDS_MS;
  assert.equal(obstacle(['images'], 'one', 'all'), undefined);
});

test("one key's refusals change nothing for another key, however many there are", () => {
  const { refused, obstacle } = abilitiesAt();
  for (let round = 0; round < 1_000; round += 1) refused(['tools'], 'one');
  assert.equal(obstacle(['tools'], 'two', 'all'), undefined);
  assert.match(obstacle(['tools'], 'one', 'all') ?? '', /to this API key/);
});

test('a first refusal asks for one question of our own, and for no second one within the hour', () => {
  const { clock, refused, probed, obstacle } = abilitiesAt();
  assert.deepEqual(refused(['tools', 'images'], 'one'), ['tools', 'images']);
  assert.deepEqual(refused(['tools'], 'two'), []);
  probed('tools', undefined);
  assert.deepEqual(refused(['tools'], 'one'), []);
  assert.match(obstacle(['tools'], 'three', 'all') ?? '', /several API keys/);
  clock.now = REFUSAL_HOLDS_MS;
  assert.equal(obstacle(['tools'], 'three', 'all'), undefined);
  assert.deepEqual(refused(['tools'], 'one'), ['tools']);
});

test('what our own question finds is believed before what keys were told', () => {
  for (const [found, is] of [
    ['refused', /when Weir itself asked/],
    ['yes', undefined],
    ['ignored', undefined],
  ] as const) {
    const { refused, probed, obstacle } = abilitiesAt();
    for (const key of ['one', 'one', 'two']) refused(['tools'], key);
    probed('tools', found);
    for (const key of ['one', 'two', 'three']) {
      const why = obstacle(['tools'], key, 'all');
      if (is === undefined) assert.equal(why, undefined);
      else assert.match(why ?? '', is);
    }
  }
});

test('an answer to such a request takes back what was refused', () => {
  const { refused, answered, obstacle } = abilitiesAt();
  for (const key of ['one', 'one', 'two']) refused(['tools'], key);
  answered(['tools']);
  assert.equal(obstacle(['tools'], 'one', 'all'), undefined);
});
