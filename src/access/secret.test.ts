import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { loadSecret } from './secret.ts';

function database(context: TestContext): { folder: string; databasePath: string; file: string } {
  const folder = mkdtempSync(join(tmpdir(), 'weir-secret-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const databasePath = join(folder, 'weir.db');
  return { folder, databasePath, file: `${databasePath}.secret` };
}

const noKeys = () => Promise.resolve(false);
const LONG = '0123456789abcdef0123456789abcdef';

test('a secret of the environment goes before the file, and makes none', async (context) => {
  const { databasePath, folder } = database(context);
  assert.equal(await loadSecret({ env: { WEIR_SECRET: LONG }, databasePath, hasKeys: noKeys }), LONG);
  assert.deepEqual(readdirSync(folder), []);
});

test('a short secret is refused, without repeating it', async (context) => {
  const { databasePath } = database(context);
  const load = loadSecret({ env: { WEIR_SECRET: 'hunter2' }, databasePath, hasKeys: noKeys });
  await assert.rejects(load, {
    code: 'store_unavailable',
    message: /^(?!.*hunter2).*WEIR_SECRET.*32 characters.*openssl/,
  });
});

test('without one, a file is made beside the database, for its owner alone, and used from then on', async (context) => {
  const { databasePath, file, folder } = database(context);
  const options = { env: { WEIR_SECRET: '' }, databasePath, hasKeys: noKeys };
  const secret = await loadSecret(options);
  assert.match(secret, /^[A-Za-z0-9_-]{43}$/);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.equal(readFileSync(file, 'utf8').trim(), secret);
  assert.equal(await loadSecret({ ...options, hasKeys: () => Promise.resolve(true) }), secret);
  assert.deepEqual(readdirSync(folder), ['weir.db.secret'], 'nothing else is left');
});

test('two that make the file at once get the same secret', async (context) => {
  const { databasePath } = database(context);
  const options = { env: {}, databasePath, hasKeys: noKeys };
  const secrets = await Promise.all(Array.from({ length: 8 }, () => loadSecret(options)));
  assert.equal(new Set(secrets).size, 1);
});

test('a lost file is not replaced while there are keys made with it', async (context) => {
  const { databasePath, folder } = database(context);
  const load = loadSecret({ env: {}, databasePath, hasKeys: () => Promise.resolve(true) });
  await assert.rejects(load, {
    code: 'store_unavailable',
    message: /weir\.db\.secret does not exist.*Restore it.*WEIR_SECRET.*revoke/,
  });
  assert.deepEqual(readdirSync(folder), []);
});

test('a damaged file is refused, and left as it is', async (context) => {
  const { databasePath, file } = database(context);
  writeFileSync(file, 'half');
  const load = loadSecret({ env: {}, databasePath, hasKeys: noKeys });
  await assert.rejects(load, {
    code: 'store_unavailable',
    message: /^(?!.*half).*weir\.db\.secret.*damaged/,
  });
  assert.equal(readFileSync(file, 'utf8'), 'half');
});

test('a file that cannot be read or made says which and what to do', async (context) => {
  const { folder } = database(context);
  const missing = join(folder, 'missing/weir.db');
  const expected = {
    code: 'store_unavailable',
    message: /missing\/weir\.db\.secret.*ENOENT.*permission.*WEIR_SECRET/,
  };
  await assert.rejects(loadSecret({ env: {}, databasePath: missing, hasKeys: noKeys }), expected);
  const unreadable = { code: 'store_unavailable', message: /\.secret.*EISDIR/ };
  const path = join(folder, 'other');
  mkdirSync(`${path}.secret`);
  await assert.rejects(loadSecret({ env: {}, databasePath: path, hasKeys: noKeys }), unreadable);
});

test('a database in memory has a secret that nobody keeps', async () => {
  const options = { env: {}, databasePath: undefined, hasKeys: noKeys };
  assert.notEqual(await loadSecret(options), await loadSecret(options));
});
