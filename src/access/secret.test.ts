import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { loadSecret } from './secret.ts';

function database(context: TestContext): { folder: string; secretFile: string } {
  const folder = mkdtempSync(join(tmpdir(), 'weir-secret-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return { folder, secretFile: join(folder, 'weir.db.secret') };
}

const noKeys = () => Promise.resolve(false);
const LONG = '0123456789abcdef0123456789abcdef';

test('a secret of the environment goes before the file, and makes none', async (context) => {
  const { secretFile, folder } = database(context);
  assert.equal(
    await loadSecret({ env: { WEIR_SECRET: LONG }, secretFile, shared: true, hasKeys: noKeys }),
    LONG,
  );
  assert.deepEqual(readdirSync(folder), []);
});

test('a short secret is refused, without repeating it', async (context) => {
  const { secretFile } = database(context);
  const load = loadSecret({ env: { WEIR_SECRET: 'hunter2' }, secretFile, shared: true, hasKeys: noKeys });
  await assert.rejects(load, {
    code: 'store_unavailable',
    message: /^(?!.*hunter2).*WEIR_SECRET.*32 characters.*openssl/,
  });
});

test('without one, a file is made beside the database, for its owner alone, and used from then on', async (context) => {
  const { secretFile, folder } = database(context);
  const options = { env: { WEIR_SECRET: '' }, secretFile, shared: true, hasKeys: noKeys };
  const secret = await loadSecret(options);
  assert.match(secret, /^[A-Za-z0-9_-]{43}$/);
  assert.equal(statSync(secretFile).mode & 0o777, 0o600);
  assert.equal(readFileSync(secretFile, 'utf8').trim(), secret);
  assert.equal(await loadSecret({ ...options, hasKeys: () => Promise.resolve(true) }), secret);
  assert.deepEqual(readdirSync(folder), ['weir.db.secret'], 'nothing else is left');
});

test('two that make the file at once get the same secret', async (context) => {
  const { secretFile } = database(context);
  const options = { env: {}, secretFile, shared: true, hasKeys: noKeys };
  const secrets = await Promise.all(Array.from({ length: 8 }, () => loadSecret(options)));
  assert.equal(new Set(secrets).size, 1);
});

test('a lost file is not replaced while there are keys made with it', async (context) => {
  const { secretFile, folder } = database(context);
  const load = loadSecret({ env: {}, secretFile, shared: true, hasKeys: () => Promise.resolve(true) });
  await assert.rejects(load, {
    code: 'store_unavailable',
    message: /weir\.db\.secret does not exist.*Restore it.*WEIR_SECRET.*revoke/,
  });
  assert.deepEqual(readdirSync(folder), []);
});

test('a damaged file is refused, and left as it is', async (context) => {
  const { secretFile } = database(context);
  writeFileSync(secretFile, 'half');
  const load = loadSecret({ env: {}, secretFile, shared: true, hasKeys: noKeys });
  await assert.rejects(load, {
    code: 'store_unavailable',
    message: /^(?!.*half).*weir\.db\.secret.*damaged/,
  });
  assert.equal(readFileSync(secretFile, 'utf8'), 'half');
});

test('a file that cannot be read or made says which and what to do', async (context) => {
  const { folder } = database(context);
  const missing = join(folder, 'missing/weir.db.secret');
  const expected = {
    code: 'store_unavailable',
    message: /missing\/weir\.db\.secret.*ENOENT.*permission.*WEIR_SECRET/,
  };
  await assert.rejects(loadSecret({ env: {}, secretFile: missing, shared: true, hasKeys: noKeys }), expected);
  const unreadable = { code: 'store_unavailable', message: /\.secret.*EISDIR/ };
  const path = join(folder, 'other.secret');
  mkdirSync(path);
  await assert.rejects(loadSecret({ env: {}, secretFile: path, shared: true, hasKeys: noKeys }), unreadable);
});

test('a database in memory has a secret that nobody keeps', async () => {
  const options = { env: {}, secretFile: undefined, shared: false, hasKeys: noKeys };
  assert.notEqual(await loadSecret(options), await loadSecret(options));
});

test('a database on a server, which several processes share, needs a secret of the environment', async () => {
  const options = { secretFile: undefined, shared: true, hasKeys: noKeys };
  const refused = { code: 'store_unavailable', message: /on a server.*Set WEIR_SECRET.*openssl/ };
  await assert.rejects(loadSecret({ env: {}, ...options }), refused);
  assert.equal(await loadSecret({ env: { WEIR_SECRET: LONG }, ...options }), LONG);
});
