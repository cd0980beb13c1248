/** Claude Code through the gateway before scripted models, without an account: a question, and a tool that it runs itself. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { answersMessage } from '../../src/upstream/scripted/anthropic-reply.ts';
import { answers, type AskedChat } from '../../src/upstream/scripted/scripted-reply.ts';
import { played, tokens } from '../../src/upstream/scripted/testing.ts';
import { openMessagesGateway } from '../e2e/messages-gateway.ts';
import { folderOf, missing } from './groups.ts';

const program = join(folderOf('claude-code'), 'node_modules/.bin/claude');

/** Has the tool run once, and then says what it said. */
const large = (asked: AskedChat): ReturnType<typeof played> => {
  const conversation = JSON.stringify(asked.body['messages']);
  const [, said = ''] = /zebra-(\d+)/.exec(conversation) ?? [];
  if (conversation.includes('"tool_result"')) return played(answersMessage(`It says ${said}.`), asked);
  const input = { command: 'echo zebra-$((40+2))', description: 'Prints a number' };
  const call = { type: 'tool_use', id: 'toolu_01', name: 'Bash', input };
  return played(answersMessage({ content: [{ type: 'text', text: 'I look.' }, call] }), asked);
};

test(
  'it runs a tool and reads the result; what its small tier was not sure of went on',
  { skip: missing('claude-code'), timeout: 120_000 },
  async () => {
    const small = answers({ tokens: tokens('I am not sure', 0.3) });
    const world = await openMessagesGateway({ small, large }, '', {
      '/v1/messages/count_tokens': { input_tokens: 42 },
    });
    try {
      const folder = mkdtempSync(join(tmpdir(), 'weir-claude-code-'));
      const asked = [
        '-p',
        'What does it say?',
        '--model',
        'auto',
        '--allowedTools',
        'Bash',
        '--output-format',
        'json',
      ];
      const { stdout } = await promisify(execFile)(program, asked, {
        cwd: folder,
        env: {
          PATH: process.env['PATH'],
          HOME: folder,
          ANTHROPIC_BASE_URL: world.base,
          ANTHROPIC_AUTH_TOKEN: 'none',
          DISABLE_TELEMETRY: '1',
          DISABLE_ERROR_REPORTING: '1',
          DISABLE_AUTOUPDATER: '1',
          CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
        },
      });
      const last = stdout.trim().split('\n').at(-1) ?? '';
      const { result, is_error: failed } = JSON.parse(last) as { result: string; is_error: boolean };
      assert.deepEqual([result, failed], ['It says 42.', false]);
      assert.ok(world.small.asked.length > 0, 'the small tier was asked first');
      assert.ok(world.large.asked.every(({ body }) => Array.isArray(body['tools'])));
      // What the client marks for the cache is there for Anthropic.
      assert.match(world.large.asked.at(-1)?.text ?? '', /"cache_control":\{"type":"ephemeral"/);
    } finally {
      await world.close();
    }
  },
);
