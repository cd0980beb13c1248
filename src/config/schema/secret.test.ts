import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { Secret } from './secret.ts';
import { usable, BASE } from '../testing.ts';

test('a secret gives its text only to the one who asks for it', () => {
  assert.equal(new Secret('sk-1').reveal(), 'sk-1');
});

test('no way of printing shows a secret', () => {
  const secret = new Secret('sk-very-secret');
  const printed = [
    String(secret),
    JSON.stringify({ secret }),
    inspect(secret),
    inspect({ a: { b: { c: { secret } } } }, { depth: 9, showHidden: true }),
  ];
  for (const text of printed) {
    assert.ok(!text.includes('sk-very-secret'), text);
    assert.ok(text.includes('[secret]'), text);
  }
});

test('a whole configuration can be printed without showing a credential', () => {
  const config = usable(
    BASE.replace('apiKey: ${KEY}', 'apiKey: ${KEY}, headers: { x-other-key: "other-secret" }'),
  );
  for (const text of [JSON.stringify(config), inspect(config, { depth: 20, showHidden: true })])
    assert.ok(!text.includes('sk-very-secret') && !text.includes('other-secret'), text);
  assert.equal(config.upstreams.cloud?.apiKey?.reveal(), 'sk-very-secret');
  assert.equal(config.upstreams.cloud?.headers['x-other-key']?.reveal(), 'other-secret');
});
