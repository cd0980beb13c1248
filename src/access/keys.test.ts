import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { WeirError } from '../errors.ts';
import { createKeyring, type KeyStore, type ApiKey } from './keys.ts';

const SECRET = 'a secret of at least thirty-two characters';

/** A store in memory that two keyrings can share, as two processes share a database. */
function sharedStore() {
  const rows: ApiKey[] = [];
  let counter = 0;
  const state = { away: false, reads: 0 };
  const answer = <T>(value: () => T): Promise<T> =>
    state.away
      ? Promise.reject(new WeirError('store_unavailable', 'The store is away.'))
      : Promise.resolve().then(value);
  const store: KeyStore = {
    createKey: (key) =>
      answer(() => {
        rows.push(key);
        counter += 1;
      }),
    keys: () =>
      answer(() => {
        state.reads += 1;
        return rows.map((row) => ({ ...row }));
      }),
    revokeKey: (idOrPrefix, atMs) =>
      answer(() => {
        const row = rows.find(
          ({ id, prefix, revokedAtMs }) => revokedAtMs === undefined && [id, prefix].includes(idOrPrefix),
        );
        if (row === undefined) return false;
        row.revokedAtMs = atMs;
        counter += 1;
        return true;
      }),
    changeCounter: () => answer(() => counter),
  };
  return { store, rows, state };
}

function clockAt(start: number) {
  let now = start;
  return { clock: () => now, pass: (ms: number) => (now += ms) };
}

const open = (store: KeyStore, clock: () => number = Date.now, secret = () => Promise.resolve(SECRET)) =>
  createKeyring({ store, clock, secret });

const someKey = { name: 'laptop', tenant: 'default', operator: false };

test('a new key is 32 random bytes after "weir-", and lets its bearer in', async () => {
  const { store } = sharedStore();
  const keyring = await open(store);
  const made = await keyring.create({ ...someKey, tenant: 'acme', operator: true });
  assert.match(made.key, /^weir-[A-Za-z0-9_-]{43}$/);
  assert.ok(made.key.startsWith(made.prefix) && made.prefix.length === 11);
  assert.deepEqual(await keyring.authenticate(made.key), { keyId: made.id, tenant: 'acme', operator: true });
  assert.notEqual((await keyring.create(someKey)).key, made.key);
});

test('what is stored is the keyed hash, and neither it nor the key is ever listed', async () => {
  const { store, rows } = sharedStore();
  const keyring = await open(store);
  const { key, ...listed } = await keyring.create(someKey);
  const [row] = rows;
  assert.equal(row?.hash, createHmac('sha256', SECRET).update(key).digest('hex'));
  assert.doesNotMatch(JSON.stringify(row), new RegExp(key));
  assert.deepEqual(await keyring.list(), [listed]);
  assert.equal('hash' in listed, false);
});

test('anything but a key in force is nobody', async () => {
  const { store } = sharedStore();
  const keyring = await open(store);
  const { key } = await keyring.create(someKey);
  const last = key.endsWith('A') ? 'B' : 'A';
  const others = [
    '',
    ' ',
    'weir-',
    `${key} `,
    `${key}x`,
    key.slice(0, -1) + last,
    key.toUpperCase(),
    `Bearer ${key}`,
    'x'.repeat(1e6),
  ];
  for (const other of others) assert.equal(await keyring.authenticate(other), undefined, other.slice(0, 60));
});

test('a key made with another secret is nobody', async () => {
  const { store } = sharedStore();
  const { key } = await (await open(store)).create(someKey);
  const other = await open(store, Date.now, () => Promise.resolve('another secret'));
  assert.equal(await other.authenticate(key), undefined);
});

test('keys are required from the first one on, also when all are revoked', async () => {
  const { store } = sharedStore();
  const keyring = await open(store);
  assert.equal(await keyring.required(), false);
  const { id } = await keyring.create(someKey);
  assert.equal(await keyring.required(), true);
  await keyring.revoke(id);
  assert.equal(await keyring.required(), true);
  assert.equal(await (await open(store)).required(), true);
});

test('a revoked key is nobody at once, and is listed with its end', async () => {
  const { store } = sharedStore();
  const { clock, pass } = clockAt(5_000);
  const keyring = await open(store, clock);
  const made = await keyring.create(someKey);
  pass(10);
  assert.equal(await keyring.revoke(made.prefix), true);
  assert.equal(await keyring.authenticate(made.key), undefined);
  assert.equal(await keyring.revoke(made.prefix), false);
  assert.deepEqual(
    (await keyring.list()).map(({ createdAtMs, revokedAtMs }) => [createdAtMs, revokedAtMs]),
    [[5_000, 5_010]],
  );
});

test('what another process makes or revokes acts after a second', async () => {
  const { store } = sharedStore();
  const { clock, pass } = clockAt(0);
  const here = await open(store, clock);
  const there = await open(store, clock);
  const { key, id } = await there.create(someKey);
  assert.equal(await here.authenticate(key), undefined);
  pass(1_000);
  assert.equal((await here.authenticate(key))?.keyId, id);
  await there.revoke(id);
  pass(999);
  assert.equal((await here.authenticate(key))?.keyId, id);
  pass(1);
  assert.equal(await here.authenticate(key), undefined);
});

test('keys are read again only when the store has changed', async () => {
  const { store, state } = sharedStore();
  const { clock, pass } = clockAt(0);
  const keyring = await open(store, clock);
  for (let second = 0; second < 10; second += 1) {
    pass(1_000);
    await keyring.required();
  }
  assert.equal(state.reads, 1);
});

test('requests that come together share one look at the store', async () => {
  const { store, state } = sharedStore();
  const { clock, pass } = clockAt(0);
  const here = await open(store, clock);
  const { key } = await (await open(store, clock)).create(someKey);
  state.reads = 0;
  pass(1_000);
  const callers = await Promise.all(Array.from({ length: 20 }, () => here.authenticate(key)));
  assert.ok(callers.every((caller) => caller !== undefined));
  assert.equal(state.reads, 1);
});

test('a clock that is set back does not stop the looking', async () => {
  const { store } = sharedStore();
  const { clock, pass } = clockAt(1_000_000);
  const here = await open(store, clock);
  const { key } = await (await open(store)).create(someKey);
  pass(-500_000);
  assert.ok(await here.authenticate(key));
});

test('while the store fails the last known keys stay in force, and nobody new comes in', async () => {
  const { store, state } = sharedStore();
  const { clock, pass } = clockAt(0);
  const here = await open(store, clock);
  const there = await open(store, clock);
  const known = await here.create(someKey);
  const unknown = await there.create(someKey);
  state.away = true;
  pass(5_000);
  assert.ok(await here.authenticate(known.key));
  assert.equal(await here.authenticate(unknown.key), undefined);
  assert.equal(await here.required(), true);
  state.away = false;
  pass(1_000);
  assert.ok(await here.authenticate(unknown.key));
});

test('a revocation acts here as soon as the store can be read again', async () => {
  const { store, state } = sharedStore();
  const { clock, pass } = clockAt(0);
  let keysFail = false;
  const flaky: KeyStore = {
    ...store,
    keys: () => (keysFail ? Promise.reject(new Error('away')) : store.keys()),
  };
  const keyring = await open(flaky, clock);
  const { key, id } = await keyring.create(someKey);
  keysFail = true;
  assert.equal(await keyring.revoke(id), true);
  keysFail = false;
  pass(1_000);
  assert.equal(await keyring.authenticate(key), undefined);
  assert.equal(state.away, false);
});

test('a store that cannot be read at the start is an error: nobody knows whether keys are required', async () => {
  const { store, state } = sharedStore();
  state.away = true;
  await assert.rejects(open(store), { code: 'store_unavailable' });
});

test('the secret is asked for once, and only when there is a key', async () => {
  const { store } = sharedStore();
  let asked = 0;
  const secret = () => {
    asked += 1;
    return Promise.resolve(SECRET);
  };
  const keyring = await open(store, Date.now, secret);
  await keyring.authenticate(`weir-${'A'.repeat(43)}`);
  await keyring.required();
  await keyring.list();
  assert.equal(asked, 0);
  const { key } = await keyring.create(someKey);
  await keyring.authenticate(key);
  assert.equal(asked, 1);
});

test('a secret that cannot be read is an error, asked for again the next time; keys can be listed and revoked still', async () => {
  const { store } = sharedStore();
  const { key, id } = await (await open(store)).create(someKey);
  let lost = true;
  const secret = () =>
    lost
      ? Promise.reject(new WeirError('store_unavailable', 'The secret is gone.'))
      : Promise.resolve(SECRET);
  const keyring = await open(store, Date.now, secret);
  await assert.rejects(keyring.authenticate(key), { code: 'store_unavailable' });
  assert.equal((await keyring.list()).length, 1);
  lost = false;
  assert.ok(await keyring.authenticate(key));
  assert.equal(await keyring.revoke(id), true);
});

test('a key without a name, or with an endless one, is refused', async () => {
  const keyring = await open(sharedStore().store);
  for (const name of ['', '  ', 'x'.repeat(101)]) {
    await assert.rejects(keyring.create({ ...someKey, name }), { code: 'invalid_request', param: 'name' });
  }
  assert.equal((await keyring.list()).length, 0);
});
