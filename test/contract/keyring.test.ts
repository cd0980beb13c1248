import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { createKeyring } from '../../src/access/keys.ts';
import { openStore } from '../../src/store/open.ts';
import { folder, outcomeRow } from '../../src/store/testing.ts';

test('keys made and revoked over one connection to a database act over another within a second', async (context) => {
  const path = join(folder(context), 'weir.db');
  let now = 0;
  const keyring = async () => {
    const store = await openStore(`sqlite:${path}`);
    context.after(() => store.close());
    const secret = () => Promise.resolve('a secret of at least thirty-two characters');
    return { store, keys: await createKeyring({ store, secret, clock: () => now }) };
  };
  const [gateway, console] = [await keyring(), await keyring()];
  const { key, id } = await console.keys.create({ name: 'laptop', tenant: 'default', operator: false });
  now += 1_000;
  assert.deepEqual(await gateway.keys.authenticate(key), { keyId: id, tenant: 'default', operator: false });
  await gateway.store.write({
    outcomes: [{ outcome: outcomeRow('a'), attempts: [] }],
    labels: [],
    audits: [],
  });
  await console.keys.revoke(id);
  now += 1_000;
  assert.equal(await gateway.keys.authenticate(key), undefined);
  assert.equal(await gateway.keys.required(), true);
});
