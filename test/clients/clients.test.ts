/** Clients, unchanged but for URL and key, before a ladder of three APIs: each gets the same through every API that it speaks. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { CLIENTS, type Ability, type Client } from './clients.ts';
import { folderOf, GROUPS, missing, pythonOf } from './groups.ts';
import { openLadder, ROUTES, type Ladder } from './ladder.ts';

/** Every attempt of the scripts: what comes back, and the ability that it shows. */
const ATTEMPTS: Readonly<Record<string, [came: unknown, shows: Ability]>> = {
  chat: ['Hello there', 'chat'],
  stream: ['Hello there', 'stream'],
  tools: ['It is sunny in Rome.', 'tools'],
  'streamed tools': ['It is sunny in Rome.', 'tools'],
  'structured output': [{ town: 'Rome' }, 'structured output'],
  'structured by schema': [{ town: 'Rome' }, 'structured output'],
  'streamed structured': [{ town: 'Rome' }, 'structured output'],
  'unknown model': [404, 'errors'],
  refusal: [400, 'errors'],
  'streamed refusal': [400, 'errors'],
};

type Seen = Record<string, Record<string, Record<string, unknown>>>;

async function run({ group, script }: Client, origin: string): Promise<Seen> {
  const { kind } = GROUPS[group];
  const path = join(import.meta.dirname, kind, script);
  const [program, given] =
    kind === 'python' ? [pythonOf(group), [path]] : [process.execPath, [path, folderOf(group)]];
  const { stdout } = await promisify(execFile)(program, [...given, origin, ...ROUTES], {
    // None of these may call home, or take a key of this machine.
    env: { PATH: process.env['PATH'], OPENAI_AGENTS_DISABLE_TRACING: '1', LANGSMITH_TRACING: 'false' },
  });
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Seen;
}

describe('clients', () => {
  let ladder: Ladder;
  before(async () => {
    ladder = await openLadder();
  });
  after(() => ladder?.close());

  for (const client of CLIENTS)
    test(client.name, { skip: missing(client.group), timeout: 300_000 }, async () => {
      const asked = ROUTES.map((route) => ladder.servers[route].asked.length);
      const seen = await run(client, ladder.gateway.origin);
      assert.deepEqual(Object.keys(seen).toSorted(), Object.keys(client.apis).toSorted());
      const wrong = [];
      for (const [api, routes] of Object.entries(seen)) {
        assert.deepEqual(Object.keys(routes), [...ROUTES]);
        for (const [route, attempts] of Object.entries(routes)) {
          const shown = new Set(Object.keys(attempts).map((name) => ATTEMPTS[name]?.[1] ?? name));
          assert.deepEqual([...shown].toSorted(), client.apis[api]?.toSorted(), `${api} ${route}`);
          for (const [name, came] of Object.entries(attempts))
            if (JSON.stringify(came) !== JSON.stringify(ATTEMPTS[name]?.[0]))
              wrong.push(`${api} ${route}, ${name}: ${JSON.stringify(came)}`);
        }
      }
      assert.deepEqual(wrong, []);
      ROUTES.forEach((route, index) =>
        assert.ok(
          ladder.servers[route].asked.length > (asked[index] ?? 0),
          `${route} was served by its server`,
        ),
      );
    });
});
