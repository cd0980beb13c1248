/** The process that `versions-crash.test.ts` kills: keeps versions, promotes and rolls back, and prints what is in force. */
import { keepVersion } from '../../src/learning/versions/kept-version.ts';
import { testVersion } from '../../src/learning/table/testing.ts';
import { openStore } from '../../src/store/open.ts';

const store = await openStore(`sqlite:${process.argv[2] ?? ''}`);
const weight = 'x'.repeat(200_000);

for (let number = 0; ; number += 1) {
  const hand = { by: 'test', atMs: number };
  const { hash } = await keepVersion(store, testVersion({ evidence: { number, weight } }), hand);
  await store.promoteVersion(hash, hand);
  if (number % 5 === 4) await store.rollbackVersion('auto', hand);
  process.stdout.write(`${(await store.activeVersions()).get('auto')}\n`);
}
