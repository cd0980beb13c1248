import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configKeys, keysAt, meaningOf, placesOf } from './keys.ts';

const byPath = new Map(configKeys().map((key) => [key.path, key]));

test('every key that holds a value is found, under its path', () => {
  for (const path of [
    'listen',
    'upstreams.*.timeouts.firstByte',
    'models.*.price.input',
    'routes.*.objective.thresholds',
    'routes.*.data',
    'cors.origins',
  ])
    assert.ok(byPath.has(path), path);
});

test('every key says what it means', () => {
  for (const { path, description } of byPath.values()) assert.match(description, /^\S.*[.)]$/s, path);
});

test('a default is given as it would be written', () => {
  assert.equal(byPath.get('listen')?.default, '127.0.0.1:8787');
  assert.equal(byPath.get('routes.*.headerWait')?.default, '2s');
  assert.equal(byPath.get('upstreams.*.retries')?.default, 2);
});

test('what must be there is told from what may', () => {
  const required = [...byPath.values()].filter((key) => key.required).map(({ path }) => path);
  assert.deepEqual(required, [
    'upstreams.*.baseUrl',
    'upstreams.*.location',
    'models.*.upstream',
    'models.*.model',
    'models.*.price.input',
    'models.*.price.output',
    'models.*.price.longPrompts[].above',
    'models.*.price.longPrompts[].input',
    'models.*.price.longPrompts[].output',
    'routes.*.tiers',
    'routes.*.onTierFailure.maxExtraUsdPerHour',
    'alarms[].webhook',
  ]);
});

test('the keys of a place are those that may stand there', () => {
  assert.deepEqual(keysAt(['upstreams', 'any', 'timeouts']), [
    'connect',
    'firstByte',
    'firstByteOrNext',
    'idle',
    'total',
  ]);
  assert.deepEqual(keysAt(['alarms', 0]), ['webhook', 'token', 'format']);
  assert.deepEqual(keysAt(['nowhere', 'at', 'all']), []);
});

test('a key is found wherever it may stand', () => {
  assert.deepEqual(placesOf('price'), ['models.*.price']);
  assert.deepEqual(placesOf('nothing'), []);
});

test('the meaning of a key is found by its path', () => {
  assert.match(meaningOf(['models', 'small', 'upstream']), /upstream that serves the model/);
  assert.equal(meaningOf(['nowhere']), '');
});
