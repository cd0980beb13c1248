import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createFolder, weir } from './testing.ts';

let folder: string;
let remove: () => Promise<void>;

before(async () => {
  ({ folder, remove } = await createFolder());
  await writeFile(join(folder, 'questions.jsonl'), '{"id":"1","prompt":"?","attempts":{}}\n');
});
after(() => remove());

/** Every command that needs what is in the store. */
const COMMANDS = [
  ['learning'],
  ['review'],
  ['versions', 'list'],
  ['versions', 'show'],
  ['versions', 'diff'],
  ['versions', 'promote', 'abc'],
  ['versions', 'rollback'],
  ['keys', 'list'],
  ['keys', 'revoke', 'abc'],
  ['export', '--out', 'out.jsonl'],
  ['replay', '--store'],
  ['replay', 'questions.jsonl', '--version', 'abc'],
];

for (const command of COMMANDS)
  test(`without a store, \`weir ${command.join(' ')}\` says where it looked, and makes none`, async () => {
    const { code, stdout, stderr } = await weir(command, folder);
    assert.equal(code, 1, stderr);
    assert.equal(stdout, '');
    assert.match(stderr, /weir: There is no store at .*weir\.db\. `npm run -s weir -- serve` creates it; /);
    assert.equal(existsSync(join(folder, 'weir.db')), false);
    assert.equal(existsSync(join(folder, 'out.jsonl')), false);
  });

test('what shows routes says that they are the demonstration’s where there is no configuration', async () => {
  for (const command of [['learning'], ['versions', 'list'], ['replay', '--store']]) {
    const { stderr } = await weir(command, folder);
    assert.match(stderr, /^Store: weir\.db, of the demonstration \(there is no weir\.yaml here\)\.$/m);
  }
});

test('a store in memory is the gateway’s own', async () => {
  await writeFile(
    join(folder, 'memory.yaml'),
    `store: "sqlite::memory:"
upstreams:
  here: { baseUrl: "http://127.0.0.1:9/v1", location: on-premises }
models:
  small: { upstream: here, model: small-model }
routes:
  auto: { tiers: [small] }
`,
  );
  const { code, stderr } = await weir(['learning', '--config', 'memory.yaml'], folder);
  assert.equal(code, 1);
  assert.match(stderr, /keeps the store in memory, where only the gateway itself can read it/);
});
