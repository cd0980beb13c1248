import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { answers, refuses } from '../../upstream/scripted/scripted-reply.ts';
import { createScriptedServer, type ScriptedServer } from '../../upstream/scripted/scripted-server.ts';
import { createFolder, weir } from '../common/testing.ts';

const JSON_TYPE = { 'content-type': 'application/json' };
const ANSWER =
  '{"choices":[{"index":0,"message":{"role":"assistant","content":"yes"},"finish_reason":"stop"}]}';

let folder: string;
let remove: () => Promise<void>;
let server: ScriptedServer;
before(async () => {
  ({ folder, remove } = await createFolder());
  server = await createScriptedServer({ chat: answers('yes'), models: [{ id: 'm' }] });
});
after(async () => {
  await server.close();
  await remove();
});

async function config(name: string, models: string): Promise<string> {
  const file = join(folder, `${name}.yaml`);
  await writeFile(
    file,
    `store: sqlite:./${name}.db
upstreams:
  good: { baseUrl: "${server.baseUrl}", location: on-premises }
  gone: { baseUrl: "http://127.0.0.1:9/v1", location: on-premises, retries: 0 }
models: ${models}
`,
  );
  return file;
}

test('it says what each model can, remembers it, and ends with 0 where all answer', async () => {
  const file = await config('well', '{ one: { upstream: good, model: m } }');
  const { code, stdout } = await weir(['doctor', '--config', file], folder);
  assert.equal(code, 0);
  assert.match(stdout, /^one +good +m +yes/m);
  const database = new DatabaseSync(join(folder, 'well.db'), { readOnly: true });
  assert.equal(database.prepare('select count(*) as count from probe').get()?.['count'], 1);
  database.close();
});

test('what a server says in its own words is shown, and not kept', async () => {
  const picky = await createScriptedServer({
    chat: (asked) =>
      asked.stream
        ? refuses(400, { message: 'no streams for org-acme' })
        : { body: [ANSWER], headers: JSON_TYPE },
    models: [{ id: 'm' }],
  });
  const file = join(folder, 'picky.yaml');
  await writeFile(
    file,
    `store: sqlite:./picky.db
upstreams: { picky: { baseUrl: "${picky.baseUrl}", location: on-premises } }
models: { one: { upstream: picky, model: m } }
`,
  );
  const { stdout } = await weir(['doctor', '--config', file], folder);
  await picky.close();
  assert.match(
    stdout,
    /one: Asked as a stream.*rejected the request \(400\)\. It said: no streams for org-acme/,
  );
  const database = new DatabaseSync(join(folder, 'picky.db'), { readOnly: true });
  const details = String(database.prepare('select details from probe').get()?.['details']);
  database.close();
  assert.match(details, /"logprobs"/);
  assert.doesNotMatch(details, /org-acme/);
});

test('a model that does not answer is named with the reason, and ends it with 1', async () => {
  const file = await config(
    'ill',
    '{ one: { upstream: good, model: m }, two: { upstream: gone, model: n } }',
  );
  const { code, stdout, stderr } = await weir(['doctor', '--config', file, '--json'], folder);
  assert.equal(code, 1);
  const { models } = JSON.parse(stdout) as { models: { name: string; ok: boolean; notes: string[] }[] };
  assert.deepEqual(
    models.map(({ name, ok }) => [name, ok]),
    [
      ['one', true],
      ['two', false],
    ],
  );
  assert.match(models[1]?.notes.join(' ') ?? '', /cannot be reached \(ECONNREFUSED\).* \(http:\/\//);
  assert.match(stderr, /do not answer: two/);
});

test('without a configuration it says how to get one', async () => {
  const empty = await createFolder();
  const { code, stderr } = await weir(['doctor'], empty.folder);
  await empty.remove();
  assert.equal(code, 2);
  assert.match(stderr, /weir -- init/);
});
