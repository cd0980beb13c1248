/** aider through the gateway before a scripted model: it edits a file as the answer says, whole and streamed. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { answersMessage } from '../../src/upstream/scripted/anthropic-reply.ts';
import { answers } from '../../src/upstream/scripted/scripted-reply.ts';
import { tokens } from '../../src/upstream/scripted/testing.ts';
import { openMessagesGateway } from '../e2e/messages-gateway.ts';
import { folderOf, missing } from './groups.ts';

const program = join(folderOf('aider'), 'bin/aider');
const EDIT = `I change the greeting.

greeting.py
\`\`\`\`python
<<<<<<< SEARCH
print("Hello")
=======
print("Good morning")
>>>>>>> REPLACE
\`\`\`\`
`.replaceAll('````', '```');

for (const stream of ['--stream', '--no-stream'])
  for (const [api, model] of [
    ['OPENAI', 'openai/auto'],
    ['ANTHROPIC', 'anthropic/auto'],
  ] as const)
    test(
      `edits a file by ${model}, ${stream}; what the small tier was not sure of went on`,
      { skip: missing('aider'), timeout: 300_000 },
      async () => {
        const small = answers({ tokens: tokens('I am not sure', 0.3) });
        const world = await openMessagesGateway({ small, large: answersMessage(EDIT) });
        try {
          const folder = mkdtempSync(join(tmpdir(), 'weir-aider-'));
          const file = join(folder, 'greeting.py');
          writeFileSync(file, 'print("Hello")\n');
          const address = api === 'OPENAI' ? `${world.base}/v1` : world.base;
          const given = [
            '--model',
            model,
            '--edit-format',
            'diff',
            stream,
            '--message',
            'Greet for the morning.',
          ];
          const quiet = [
            '--yes-always',
            '--no-git',
            '--no-analytics',
            '--no-check-update',
            '--no-show-model-warnings',
          ];
          const running = promisify(execFile)(program, [...given, ...quiet, 'greeting.py'], {
            cwd: folder,
            env: {
              PATH: process.env['PATH'],
              HOME: folder,
              [`${api}_API_BASE`]: address,
              [`${api}_API_KEY`]: 'none',
              // Prices are looked up where models are; a copy is in the package.
              LITELLM_LOCAL_MODEL_COST_MAP: 'True',
            },
          });
          running.child.stdin?.end();
          const { stdout, stderr } = await running;
          assert.equal(readFileSync(file, 'utf8'), 'print("Good morning")\n', stdout + stderr);
          assert.ok(
            world.small.asked.some(({ method }) => method === 'POST'),
            'the small tier was asked first',
          );
        } finally {
          await world.close();
        }
      },
    );
