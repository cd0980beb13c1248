/** Codex through the gateway before scripted models, without an account: a question, and a command that it runs itself. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { answers, type AskedChat, type ScriptedStep } from '../../src/upstream/scripted/scripted-reply.ts';
import { createScriptedServer, type ScriptedServer } from '../../src/upstream/scripted/scripted-server.ts';
import { played, tokens } from '../../src/upstream/scripted/testing.ts';
import { startGateway, type GatewayProcess } from '../e2e/gateway-process.ts';
import { messageItem, responds } from '../e2e/scripted-responses.ts';
import { textOf } from '../project.ts';
import { folderOf, missing } from './groups.ts';

const program = join(folderOf('codex'), 'node_modules/.bin/codex');
/** The settings of docs/clients.md, and the same with all tools that the program offers by default. */
const [, PLAIN = ''] = /^```toml\n(.*?)^```/ms.exec(textOf('docs/clients.md')) ?? [];
const DEFAULT = PLAIN.replace('web_search = "disabled"\n', '').replace('multi_agent = false\n', '');
const INPUT = '{"cmd":"echo zebra-$((40+2))"}';

const saw = ({ body }: AskedChat): string | undefined => /zebra-(\d+)/.exec(JSON.stringify(body))?.[1];

/** Has the command run once, and then says what it printed. */
const runsOnce =
  (call: ScriptedStep, says: (text: string) => ScriptedStep): ScriptedStep =>
  (asked) => {
    const number = saw(asked);
    return played(number === undefined ? call : says(`It says ${number}.`), asked);
  };

const small = runsOnce(
  answers({
    content: '',
    toolCalls: [{ id: 'call_1', name: 'exec_command', arguments: INPUT }],
    tokens: tokens(INPUT, 0.99),
  }),
  (text) => answers({ tokens: tokens(text, 0.99) }),
);
const item = { id: 'fc_1', type: 'function_call', status: 'completed', call_id: 'call_1' };
const large = runsOnce(responds([{ ...item, name: 'exec_command', arguments: INPUT }]), (text) =>
  responds([messageItem([[text, -0.1]])]),
);

describe('Codex', { skip: missing('codex'), timeout: 120_000 }, () => {
  let near: ScriptedServer;
  let far: ScriptedServer;
  let gateway: GatewayProcess;

  before(async () => {
    near = await createScriptedServer({ chat: small });
    far = await createScriptedServer({ chat: {}, posts: { '/v1/responses': large } });
    gateway = await startGateway(`upstreams:
  near: { baseUrl: '${near.baseUrl}', location: on-premises }
  far: { baseUrl: '${far.baseUrl}', location: cloud, dialect: openai-responses }
models:
  small: { upstream: near, model: tiny, price: { input: 0.1, output: 0.1 } }
  large: { upstream: far, model: huge, price: { input: 1, output: 1 } }
routes:
  auto: { tiers: [small, large], objective: { thresholds: [0.6] } }
`);
  });
  after(async () => {
    await gateway?.stop();
    await Promise.all([near?.close(), far?.close()]);
  });

  /** The chats that a server was asked. */
  const chatsOf = ({ asked }: ScriptedServer): typeof asked =>
    asked.filter(({ method }) => method === 'POST');

  /** The text of its last message. */
  async function ask(settings: string): Promise<unknown> {
    const folder = mkdtempSync(join(tmpdir(), 'weir-codex-'));
    mkdirSync(join(folder, '.codex'));
    const text = settings.replace('http://127.0.0.1:8787', gateway.origin);
    writeFileSync(join(folder, '.codex/config.toml'), `${text}\n[analytics]\nenabled = false\n`);
    const running = promisify(execFile)(
      program,
      [
        'exec',
        '--json',
        '--skip-git-repo-check',
        // The command is this test's own, and prints a number.
        '--dangerously-bypass-approvals-and-sandbox',
        'What does it say?',
      ],
      { cwd: folder, env: { PATH: process.env['PATH'], HOME: folder, WEIR_KEY: 'none' } },
    );
    running.child.stdin?.end();
    const { stdout } = await running;
    type Line = { type: string; item?: { type: string; text?: string } };
    const lines = stdout.split('\n').filter((line) => line.startsWith('{'));
    const told = lines.map((line) => JSON.parse(line) as Line);
    assert.equal(told.at(-1)?.type, 'turn.completed', stdout);
    return told.findLast(({ item: said }) => said?.type === 'agent_message')?.item?.text;
  }

  test('works with the tools that it offers by default, on the tier that has them', async () => {
    assert.equal(await ask(DEFAULT), 'It says 42.');
    assert.equal(chatsOf(near).length, 0);
    assert.equal(chatsOf(far).length, 2);
    const [first] = chatsOf(far) as readonly { body: { tools?: { type: string }[] } }[];
    assert.ok(first?.body.tools?.some(({ type }) => type === 'web_search'));
  });

  test('works on a small tier that speaks chats, without those tools', async () => {
    assert.equal(await ask(PLAIN), 'It says 42.');
    assert.equal(chatsOf(near).length, 2);
    assert.equal(chatsOf(far).length, 2);
  });
});
