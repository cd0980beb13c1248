import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createFolder, startWeir, weir, type Running } from './testing.ts';

const CONFIG = (store: string): string => `store: sqlite:./${store}
upstreams: { here: { baseUrl: "http://127.0.0.1:9/v1", location: on-premises } }
models: { small: { upstream: here, model: small-model } }
routes: { auto: { tiers: [small] } }
listen: 127.0.0.1:0
`;

let folder: string;
let elsewhere: string;
let removals: (() => Promise<void>)[];
let gateway: Running;
let address: string;
/** What all commands of a user have in common. */
let environment: Record<string, string>;

before(async () => {
  const [own, other] = [await createFolder(), await createFolder()];
  [folder, elsewhere, removals] = [own.folder, other.folder, [own.remove, other.remove]];
  environment = { XDG_STATE_HOME: join(folder, '.state') };
  await writeFile(join(folder, 'try it.yaml'), CONFIG('try.db'));
  gateway = startWeir(['serve', '--config', 'try it.yaml'], folder, environment);
  [, address = ''] = await gateway.said(/Weir listens on (\S+)\. /);
});
after(async () => {
  gateway.child.kill();
  await gateway.ended;
  await Promise.all(removals.map((remove) => remove()));
});

test('beside a gateway on another configuration, a command that names none does nothing and says what to type', async () => {
  const command = ['keys', 'create', '--name', 'of ours'];
  const { code, stdout, stderr } = await weir(command, folder, environment);
  assert.deepEqual([code, stdout], [2, '']);
  assert.match(stderr, /weir: A gateway runs with another configuration than this command takes/);
  assert.ok(
    stderr.includes(
      `the gateway at ${address}, on try it.yaml, store try.db: \`npm run -s weir -- keys create --name 'of ours' --config 'try it.yaml'\``,
    ),
    stderr,
  );
  assert.equal(existsSync(join(folder, 'weir.db')), false);
});

test('the command that it says works on the gateway’s store, and says which that is', async () => {
  const { code, stderr } = await weir(['keys', 'list', '--config', 'try it.yaml'], folder, environment);
  assert.equal(code, 0);
  assert.match(
    stderr,
    new RegExp(`^Store: try\\.db, of try it\\.yaml; a gateway runs on it at ${address}\\.$`, 'm'),
  );
});

test('check says that a gateway runs with the configuration', async () => {
  const { stdout } = await weir(['check', '--config', join(folder, 'try it.yaml')], elsewhere, environment);
  assert.match(stdout, new RegExp(`^A gateway runs with this configuration at ${address}\\.$`, 'm'));
});

test('from another folder, a command that needs a store finds the gateway; what only needs routes is none of its concern', async () => {
  const keys = await weir(['keys', 'list'], elsewhere, environment);
  assert.equal(keys.code, 2);
  assert.ok(keys.stderr.includes(`--config '${join(folder, 'try it.yaml')}'`), keys.stderr);
  const tuned = await weir(['tune', 'none.jsonl', '--max-loss', '0.1'], elsewhere, environment);
  assert.match(tuned.stderr, /^Store: weir\.db, of the demonstration/m);
});

test('a configuration of its own is not ambiguous, unless the gateway was started from its folder', async () => {
  await writeFile(join(elsewhere, 'weir.yaml'), CONFIG('own.db'));
  const own = await weir(['versions', 'list'], elsewhere, environment);
  assert.match(own.stderr, /^Store: own\.db, of weir\.yaml\.\nweir: There is no store/);
  await writeFile(join(folder, 'weir.yaml'), CONFIG('own.db'));
  const beside = await weir(['learning'], folder, environment);
  assert.equal(beside.code, 2);
  assert.match(beside.stderr, /weir\.yaml: `npm run -s weir -- learning --config weir\.yaml`/);
});

test('a gateway without a configuration is named in a way that works also once one was written beside it', async () => {
  const { folder: own, remove } = await createFolder();
  removals.push(remove);
  const demonstration = startWeir(['serve', '--demonstration', '--listen', '127.0.0.1:0'], own, environment);
  const [, at = ''] = await demonstration.said(/Weir listens on (\S+)\. /);
  try {
    const file = join(own, 'weir.yaml');
    await writeFile(file, CONFIG('own.db'));
    const here = (await weir(['keys', 'list'], own, environment)).stderr;
    const started = 'it started before weir.yaml was there, and takes it when it is started again';
    assert.ok(
      here.includes(
        `the gateway at ${at}, on no configuration, store weir.db: ${started}; until then, the same command while that file has another name`,
      ),
      here,
    );
    await rename(file, join(own, 'aside.yaml'));
    const aside = await weir(['keys', 'list'], own, environment);
    assert.equal(aside.code, 0, aside.stderr);
    assert.ok(aside.stderr.includes(`a gateway runs on it at ${at}`), aside.stderr);
    const nowhere = join(own, 'nowhere');
    await mkdir(nowhere);
    const away = (await weir(['keys', 'list'], nowhere, environment)).stderr;
    assert.match(away, new RegExp(`: the same command in the folder ${own}$`, 'm'));
    await rename(join(own, 'aside.yaml'), file);
    const both = (await weir(['keys', 'list'], nowhere, environment)).stderr;
    assert.match(both, new RegExp(`the same command in the folder ${own} while that file has another name`));
  } finally {
    demonstration.child.kill();
    await demonstration.ended;
  }
});

test('once the gateway has ended, nobody is asked', async () => {
  gateway.child.kill('SIGKILL');
  await gateway.ended;
  const { code, stderr } = await weir(['keys', 'create'], folder, environment);
  assert.equal(code, 0, stderr);
  assert.match(stderr, /^Store: own\.db, of weir\.yaml\.$/m);
  assert.match(stderr, /This is the first key: from now on every request .* needs one/);
  const [, id = ''] = /^(\w{8}-\S+)/m.exec((await weir(['keys', 'list'], folder, environment)).stdout) ?? [];
  const revoked = await weir(['keys', 'revoke', id], folder, environment);
  assert.match(
    revoked.stderr,
    /It was the last key in force\. .* is refused, .* until `npm run -s weir -- keys create` makes another/,
  );
});
