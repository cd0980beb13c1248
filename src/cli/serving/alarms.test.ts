import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { startReceiver } from '../../alarms/testing.ts';
import { startProxy } from '../../upstream/transport/testing.ts';
import { createFolder, weir } from '../common/testing.ts';

const REST = `
upstreams: { here: { baseUrl: "http://127.0.0.1:9/v1", location: on-premises } }
models: { one: { upstream: here, model: m } }
`;

test('it sends a test to each receiver, says which took it, and shows no address', async (context) => {
  const { folder, remove } = await createFolder();
  context.after(remove);
  const [good, bad] = [
    await startReceiver(context),
    await startReceiver(context, (response) => void response.writeHead(403).end()),
  ];
  const file = join(folder, 'weir.yaml');
  await writeFile(
    file,
    `alarms: [{ webhook: "${good.url}" }, { webhook: "${bad.url}", format: slack }]${REST}`,
  );
  const { code, stdout, stderr } = await weir(['alarms', 'test'], folder);
  assert.equal(code, 1);
  assert.equal(stdout, 'alarms[0]: took it\nalarms[1]: it answered 403\n');
  assert.match(stderr, /These did not take the test: alarms\[1\]\./);
  assert.doesNotMatch(stdout + stderr, /very-secret/);
  assert.equal(good.received[0]?.body['kind'], 'test');
  assert.match(String(bad.received[0]?.body['text']), /^\*Weir: This is a test\*/);
  await writeFile(file, `alarms: [{ webhook: "${good.url}" }]${REST}`);
  const told = await weir(['alarms', 'test', '--json'], folder);
  assert.deepEqual(JSON.parse(told.stdout), { receivers: [{ receiver: 'alarms[0]', sent: true }] });
  const checked = await weir(['check'], folder);
  assert.match(checked.stdout, /Alarms are sent to 1 receiver; /);
});

test('a receiver beyond a proxy is told through it, one on this machine directly', async (context) => {
  const { folder, remove } = await createFolder();
  context.after(remove);
  const [near, far] = [await startReceiver(context), await startReceiver(context)];
  const proxy = await startProxy(context);
  const away = far.url.replace('127.0.0.1', 'hooks.example');
  await writeFile(
    join(folder, 'weir.yaml'),
    `alarms: [{ webhook: "${near.url}" }, { webhook: "${away}" }]${REST}`,
  );
  const { code, stdout } = await weir(['alarms', 'test'], folder, { HTTP_PROXY: proxy.url });
  assert.deepEqual([code, stdout], [0, 'alarms[0]: took it\nalarms[1]: took it\n']);
  assert.equal(proxy.asked.length, 1);
  assert.match(proxy.asked[0] ?? '', /hooks\.example/);
});

test('without receivers there is nothing to test, and a wrong address is a problem of the file', async (context) => {
  const { folder, remove } = await createFolder();
  context.after(remove);
  const file = join(folder, 'weir.yaml');
  await writeFile(file, REST);
  assert.match((await weir(['alarms', 'test'], folder)).stderr, /names nobody to tell/);
  await writeFile(
    file,
    `alarms:\n  - { webhook: "ftp://very-secret" }\n  - { webhook: "https://hooks.slack.com/x", tokn: x }\n  - { token: x }${REST}`,
  );
  const { code, stderr } = await weir(['check'], folder);
  assert.equal(code, 2);
  assert.match(stderr, /alarms\.0\.webhook: it must be a URL that begins with http/);
  assert.match(stderr, /alarms\.1\.tokn: unknown key; did you mean 'token'\?/);
  assert.match(stderr, /alarms\.2\.webhook: this key is missing: Address that alarms are sent to/);
  assert.doesNotMatch(stderr, /very-secret/);
});

test('an address that is written into the file, and a chat service that is sent JSON, are warned of', async (context) => {
  const { folder, remove } = await createFolder();
  context.after(remove);
  await writeFile(
    join(folder, 'weir.yaml'),
    `alarms: [{ webhook: "https://hooks.slack.com/very-secret" }]${REST}`,
  );
  const { code, stderr } = await weir(['check'], folder);
  assert.equal(code, 0);
  assert.match(stderr, /alarms\.0\.webhook: this credential is written into the file/);
  assert.match(stderr, /alarms\.0: this service shows a text only; add `format: slack`/);
  assert.doesNotMatch(stderr, /very-secret/);
});
