/** Clients, unchanged but for URL and key, before a ladder of three APIs: each gets the same through every API that it speaks. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { textOf } from '../project.ts';
import { CLIENTS, type Ability, type Client } from './clients.ts';
import { folderOf, GROUPS, missing, pythonOf } from './groups.ts';
import { openLadder, ROUTES, type Ladder } from './ladder.ts';

/** Every attempt of the scripts: what comes back, and the ability that it shows. */
const ATTEMPTS: Readonly<Record<string, [came: unknown, shows: Ability]>> = {
  chat: ['Hello there', 'chat'],
  conversation: ['Hello there', 'chat'],
  stream: ['Hello there', 'stream'],
  tools: ['It is sunny in Rome.', 'tools'],
  'streamed tools': ['It is sunny in Rome.', 'tools'],
  'two tools at once': ['Both are sunny.', 'tools'],
  'structured output': [{ town: 'Rome' }, 'structured output'],
  'structured by schema': [{ town: 'Rome' }, 'structured output'],
  'streamed structured': [{ town: 'Rome' }, 'structured output'],
  'unknown model': [404, 'errors'],
  refusal: [400, 'errors'],
  'broken stream': ['an error', 'errors'],
  'streamed refusal': [400, 'errors'],
  'unstored reference': [400, 'errors'],
};

/** None of these may call home, or take a key of this machine. */
const ENVIRONMENT = {
  PATH: process.env['PATH'],
  OPENAI_AGENTS_DISABLE_TRACING: '1',
  LANGSMITH_TRACING: 'false',
  LITELLM_LOCAL_MODEL_COST_MAP: 'True',
};

type Seen = Record<string, Record<string, Record<string, unknown>>>;

async function run({ group, script }: Client, origin: string): Promise<Seen> {
  const { kind } = GROUPS[group];
  const path = join(import.meta.dirname, kind, script);
  const [program, given] =
    kind === 'python' ? [pythonOf(group), [path]] : [process.execPath, [path, folderOf(group)]];
  const { stdout } = await promisify(execFile)(program, [...given, origin, ...ROUTES], {
    env: ENVIRONMENT,
  });
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Seen;
}

/** The lines of docs/clients.md on a client, by the language of their block. */
function linesOn({ name }: Client): { language: string; text: string } | undefined {
  const [, section = ''] = textOf('docs/clients.md').split(`### \`${name}\`\n`);
  const [, language = '', text = ''] = /^```(\w+)\n(.*?)^```/ms.exec(section.split(/^##/m)[0] ?? '') ?? [];
  return text === '' ? undefined : { language, text };
}

/** Runs the lines as they stand, but for where the gateway is. @returns what they print */
async function runLines(client: Client, origin: string): Promise<string> {
  const lines = linesOn(client);
  assert.ok(lines !== undefined, 'docs/clients.md has lines for it');
  const text = lines.text.replaceAll('http://127.0.0.1:8787', origin);
  // Packages are found from where a module is.
  const scratch = mkdtempSync(join(folderOf(client.group), 'lines-'));
  try {
    const file = join(scratch, FILES[lines.language] ?? '');
    writeFileSync(file, text);
    const [program, ...given] =
      lines.language === 'yaml'
        ? [pythonOf(client.group), '-m', 'llm', '-m', 'weir', 'Hello']
        : [lines.language === 'js' ? process.execPath : pythonOf(client.group), file];
    const env = { ...ENVIRONMENT, LLM_USER_PATH: scratch };
    const running = promisify(execFile)(program, given, { env });
    running.child.stdin?.end();
    return (await running).stdout;
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

const FILES: Readonly<Record<string, string>> = {
  js: 'lines.mjs',
  python: 'lines.py',
  yaml: 'extra-openai-models.yaml',
};

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

  for (const client of CLIENTS)
    test(
      `the lines of the document for ${client.name}`,
      { skip: missing(client.group), timeout: 300_000 },
      async () => {
        const { near } = ladder.servers;
        const asked = near.asked.length;
        await runLines(client, ladder.gateway.origin);
        assert.ok(near.asked.length > asked, 'they ask the gateway');
      },
    );
});
