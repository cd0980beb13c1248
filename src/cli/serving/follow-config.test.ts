import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, mock, test } from 'node:test';
import type { Config } from '../../config/schema/schema.ts';
import { applyConfig, type FollowOptions } from './follow-config.ts';

const folder = mkdtempSync(join(tmpdir(), 'weir-follow-'));
after(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'weir.yaml');

const GOOD = `upstreams: { here: { baseUrl: "http://127.0.0.1:1/v1", location: on-premises } }
models: { small: { upstream: here, model: tiny } }
routes: { auto: { tiers: [small] } }
`;

/** A gateway that takes, or refuses, what it is given. */
async function take(
  text: string,
  refused: string[] = [],
  level = 'info',
): Promise<{ given: Config[]; logged: string[] }> {
  writeFileSync(file, text);
  const given: Config[] = [];
  const logged: string[] = [];
  const options: FollowOptions = {
    file,
    environment: {},
    override: (config) => ({ ...config, listen: { host: '127.0.0.1', port: 7 } }),
    log: { level, error: (fields) => void logged.push(JSON.stringify(fields)) },
    gateway: {
      reconfigure(config) {
        given.push(config);
        return Promise.resolve(
          refused.length === 0
            ? { taken: ['routes.auto changed'] }
            : { refused: refused.map((key) => ({ path: [key], message: 'no' })) },
        );
      },
    },
  };
  await applyConfig(options);
  return { given, logged };
}

test('a good file is given to the gateway, with what the command line sets', async () => {
  const { given, logged } = await take(GOOD);
  assert.deepEqual(
    given.map(({ listen, routes }) => [listen.port, routes['auto']?.tiers]),
    [[7, ['small']]],
  );
  assert.deepEqual(logged, []);
});

test('a file with problems never reaches the gateway, and each is logged with its place', async () => {
  const { given, logged } = await take(GOOD.replace('[small]', '[smal]').replace('tiny', '""'));
  assert.deepEqual(given, []);
  assert.match(
    logged.join(''),
    /weir\.yaml:2:\d+ models\.small\.model: .*weir\.yaml:3:27 routes\.auto\.tiers\.0: /,
  );
});

test('problems are said once: in the log, or where that is silent as lines', async () => {
  const said: string[] = [];
  const write = mock.method(process.stderr, 'write', (text: string) => said.push(text) > 0);
  const { logged } = await take(GOOD.replace('[small]', '[smal]'));
  assert.deepEqual([said, logged.length], [[], 1]);
  const silent = await take(GOOD.replace('[small]', '[smal]'), [], 'silent');
  write.mock.restore();
  assert.deepEqual(silent.logged, []);
  assert.match(
    said.join(''),
    /^\S*weir\.yaml:3:27 routes\.auto\.tiers\.0: .*\n.* was not applied \(1 problem\)/,
  );
});

test('what the gateway refuses is logged at its place in the file', async () => {
  const { given, logged } = await take(`${GOOD}store: sqlite:./other.db\n`, ['store']);
  assert.equal(given.length, 1);
  assert.match(logged.join(''), /weir\.yaml:4:8 store: no/);
});
