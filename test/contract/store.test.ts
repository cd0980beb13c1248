import { join } from 'node:path';
import { openStore } from '../../src/store/open.ts';
import { folder } from '../../src/store/testing.ts';
import { storeContract } from './store.contract.ts';

storeContract('SQLite in memory', async (context) => {
  const store = await openStore('sqlite::memory:');
  context.after(() => store.close());
  return { store };
});

storeContract('SQLite on disk', async (context) => {
  const path = join(folder(context), 'weir.db');
  const again = async () => {
    const store = await openStore(`sqlite:${path}`);
    context.after(() => store.close());
    return store;
  };
  return { store: await again(), again };
});
