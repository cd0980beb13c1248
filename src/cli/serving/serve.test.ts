import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createFolder, startWeir, weir, type Running } from '../common/testing.ts';

let folder: string;
let remove: () => Promise<void>;
before(async () => ({ folder, remove } = await createFolder()));
after(() => remove());

const DEMONSTRATION = ['serve', '--demonstration', '--listen', '127.0.0.1:0'];

async function startDemonstration(): Promise<{ running: Running; url: string }> {
  const running = startWeir(DEMONSTRATION, folder);
  const [, url = ''] = await running.said(/Weir listens on (http:\/\/\S+)\. /);
  return { running, url };
}

function ask(url: string, body: object, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ model: 'gpt-4o', ...body }),
  });
}

/** The bodies of the curl lines in the banner, as a shell would read them. */
function curlBodies(stderr: string): { messages: { content: string }[] }[] {
  return [...stderr.matchAll(/^curl .* -d '(.*)'$/gm)].map(
    ([, text = '']) => JSON.parse(text.replaceAll(`'\\''`, "'")) as { messages: { content: string }[] },
  );
}

async function stop({ child, ended }: Running): Promise<number | null> {
  child.kill('SIGTERM');
  return (await ended).code;
}

test('the demonstration says that it is one, and its curl lines lead to what they promise', async () => {
  const { running, url } = await startDemonstration();
  await running.said(/or write weir\.yaml/);
  assert.match(running.stderr(), /This is the DEMONSTRATION: no model runs/);
  assert.match(running.stderr(), /not certified/);
  const [accepted, escalated, ...others] = curlBodies(running.stderr());
  assert.equal(others.length, 0);
  for (const [body, decision] of [
    [accepted, 'accepted'],
    [escalated, 'escalated'],
  ] as const) {
    assert.ok(body !== undefined, decision);
    const response = await ask(url, body);
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('x-weir-decision'), decision);
    assert.equal(response.headers.get('x-weir-recorded'), 'yes');
    assert.equal(response.headers.get('x-weir-certified'), 'no');
    const id = response.headers.get('x-weir-id') ?? '';
    const why = await fetch(`${url}/v1/decisions/${id}`);
    assert.equal(((await why.json()) as { decision: string }).decision, decision);
  }
  assert.equal(await stop(running), 0);
});

test('the demonstration streams, too', async () => {
  const { running, url } = await startDemonstration();
  const [body] = curlBodies((await running.said(/[\s\S]*or write weir\.yaml/))[0]);
  const text = await (await ask(url, { ...body, stream: true })).text();
  assert.match(text, /^data: \{/m);
  assert.match(text, /data: \[DONE\]\n\n$/);
  assert.equal(await stop(running), 0);
});

test('a question that was not recorded is a 404 that names three it knows', async () => {
  const { running, url } = await startDemonstration();
  const response = await ask(url, {
    messages: [{ role: 'user', content: 'Is Paris the capital of France?' }],
  });
  assert.equal(response.status, 404);
  const { error } = (await response.json()) as { error: { code: string; message: string } };
  assert.equal(error.code, 'not_recorded');
  const named = [...error.message.matchAll(/“([^”]+)”/g)].map(([, question = '']) => question);
  assert.equal(named.length, 3);
  for (const question of named) {
    const answer = await ask(url, { messages: [{ role: 'user', content: question }] });
    assert.equal(answer.status, 200, question);
  }
  assert.equal(await stop(running), 0);
});

test('where keys are needed the start says so, and its curl lines have a place for one', async () => {
  const { folder: keyed, remove: removeKeyed } = await createFolder();
  await weir(['keys', 'create'], keyed);
  const running = startWeir(DEMONSTRATION, keyed);
  const [text] = await running.said(/[\s\S]*or write weir\.yaml/);
  await stop(running);
  await removeKeyed();
  assert.match(text, /every request needs an API key; make one with `npm run -s weir -- keys create`/);
  const lines = text.match(/^curl .*$/gm) ?? [];
  assert.equal(lines.length, 2);
  for (const line of lines) assert.match(line, / -H "authorization: Bearer \$WEIR_API_KEY" /);
});

test('SIGINT ends it with 0 as well', async () => {
  const { running } = await startDemonstration();
  running.child.kill('SIGINT');
  assert.equal((await running.ended).code, 0);
});

test('a request under way at SIGTERM gets its answer, and then it ends with 0', async () => {
  let release: () => void = () => undefined;
  const arrived = Promise.withResolvers<void>();
  const upstream = createServer((request, response) => {
    request.resume();
    if (request.url?.endsWith('/chat/completions') !== true) return void response.end('{"data":[]}');
    release = () => {
      response.setHeader('content-type', 'application/json');
      response.end(
        JSON.stringify({
          id: 'x',
          object: 'chat.completion',
          created: 1,
          model: 'm',
          choices: [{ index: 0, message: { role: 'assistant', content: 'late' }, finish_reason: 'stop' }],
        }),
      );
    };
    arrived.resolve();
  });
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
  const { port } = upstream.address() as AddressInfo;
  const file = join(folder, 'drain.yaml');
  await writeFile(
    file,
    `listen: "127.0.0.1:0"
store: sqlite:./drain.db
upstreams: { u: { baseUrl: "http://127.0.0.1:${port}/v1", location: on-premises } }
models: { only: { upstream: u, model: m } }
routes: { auto: { tiers: [only] } }
log: { level: silent }
`,
  );
  const running = startWeir(['serve', '--config', file], folder);
  const [, url = ''] = await running.said(/Weir listens on (http:\/\/\S+)\. /);
  const asked = ask(url, { model: 'auto', messages: [{ role: 'user', content: 'Slowly.' }] });
  await arrived.promise;
  running.child.kill('SIGTERM');
  await running.said(/Weir is stopping/);
  release();
  const answer = (await (await asked).json()) as { choices: { message: { content: string } }[] };
  assert.equal(answer.choices[0]?.message.content, 'late');
  assert.equal((await running.ended).code, 0);
  upstream.close();
});

test('after kill -9 the next start says what may be missing, and what was written is there', async () => {
  const { running, url } = await startDemonstration();
  const [body] = curlBodies((await running.said(/[\s\S]*or write weir\.yaml/))[0]);
  const response = await ask(url, { ...body });
  const id = response.headers.get('x-weir-id') ?? '';
  const deadline = AbortSignal.timeout(20_000);
  const { DatabaseSync } = await import('node:sqlite');
  const database = new DatabaseSync(join(folder, 'weir.db'), { readOnly: true });
  const written = (): boolean =>
    database.prepare('select 1 from outcome where id = ?').get(id.replace('chatcmpl-', '')) !== undefined;
  while (!written()) {
    deadline.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  database.close();
  running.child.kill('SIGKILL');
  await running.ended;
  const again = await startDemonstration();
  assert.match(again.running.stderr(), /an earlier run ended without closing the record/);
  assert.match(again.running.stderr(), /"upperBound":\d+/);
  assert.equal((await fetch(`${again.url}/v1/decisions/${id}`)).status, 200);
  assert.equal(await stop(again.running), 0);
});

test('a port in use ends it with 1 and says which', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as AddressInfo;
  const { code, stderr } = await weir(['serve', '--demonstration', '--listen', `127.0.0.1:${port}`], folder);
  other.close();
  assert.equal(code, 1);
  assert.match(stderr, new RegExp(`^weir: Port ${port} of 127\\.0\\.0\\.1 is in use`, 'm'));
});

test('an address that others can reach needs keys: it ends with 2 and says how to make one', async () => {
  const other = await createFolder();
  const { code, stderr } = await weir(['serve', '--demonstration', '--listen', '0.0.0.0:0'], other.folder);
  await other.remove();
  assert.equal(code, 2);
  assert.match(
    stderr,
    /Without API keys the gateway listens on loopback only.*`npm run -s weir -- keys create`/,
  );
});

test('an invalid address, and a file without the demonstration’s upstream, end it with 2', async () => {
  const address = await weir(['serve', '--demonstration', '--listen', 'everywhere'], folder);
  assert.equal(address.code, 2);
  assert.match(address.stderr, /--listen 'everywhere' is not valid/);
  const file = join(folder, 'other.yaml');
  await writeFile(
    file,
    'upstreams: { u: { baseUrl: "http://127.0.0.1:9/v1", location: on-premises } }\nmodels: { only: { upstream: u, model: m } }\n',
  );
  const other = await weir(['serve', '--demonstration', '--config', file], folder);
  assert.equal(other.code, 2);
  assert.match(other.stderr, /other\.yaml has no such upstream/);
});

test('a store that cannot be used ends it with 1, in one line', async () => {
  const file = join(folder, 'store.yaml');
  await writeFile(
    file,
    'store: sqlite:./none/weir.db\nupstreams: { u: { baseUrl: "http://127.0.0.1:9/v1", location: on-premises } }\nmodels: { only: { upstream: u, model: m } }\n',
  );
  const { code, stderr } = await weir(['serve', '--config', file, '--listen', '127.0.0.1:0'], folder);
  assert.equal(code, 1);
  assert.equal(
    stderr
      .trimEnd()
      .split('\n')
      .filter((line) => line.startsWith('weir: ')).length,
    1,
  );
  assert.doesNotMatch(stderr, /\n\s+at /);
});
