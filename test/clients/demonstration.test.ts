/** The official Python package, with nothing but its base URL changed, against the demonstration. */
import assert from 'node:assert/strict';
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { loadDemonstration } from '../../src/cli/common/demonstration.ts';
import { freePort } from '../e2e/real-models.ts';
import { missing, pythonOf } from './groups.ts';

const main = join(import.meta.dirname, '../../src/cli/main.ts');

interface Seen {
  plain: { type: string; id: string; content: string; finish: string; tokens: number | null };
  stream: { types: string[]; ids: number; content: string };
  error: { status: number; code: string; message: string } | null;
}

describe('the official Python package', { skip: missing('python') }, () => {
  let child: ChildProcess;
  let seen: Seen;

  before(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'weir-python-'));
    const port = await freePort();
    // The flag, so that a model server that happens to run here is not taken for the ladder.
    child = spawn(process.execPath, [main, 'serve', '--demonstration', '--listen', `127.0.0.1:${port}`], {
      cwd: folder,
      stdio: 'ignore',
    });
    const origin = `http://127.0.0.1:${port}`;
    for (let attempt = 0; ; attempt += 1) {
      const answer = await fetch(`${origin}/healthz`).catch(() => undefined);
      if (answer?.ok === true) break;
      assert.ok(child.exitCode === null && attempt < 300, 'the demonstration did not start');
      await sleep(100);
    }
    const { questions } = await loadDemonstration(folder);
    const [first] = questions.traces(() => true);
    const question = first?.prompt ?? '';
    const script = join(import.meta.dirname, 'python/demonstration.py');
    const { stdout } = await promisify(execFile)(pythonOf('python'), [script, `${origin}/v1`, question]);
    seen = JSON.parse(stdout) as Seen;
  });
  after(() => child?.kill());

  test('a plain chat is a ChatCompletion', () => {
    assert.equal(seen.plain.type, 'ChatCompletion');
    assert.match(seen.plain.id, /^chatcmpl-/);
    assert.notEqual(seen.plain.content, '');
    assert.ok((seen.plain.tokens ?? 0) > 0);
  });

  test('a stream says the same, in chunks of one completion', () => {
    assert.deepEqual(seen.stream.types, ['ChatCompletionChunk']);
    assert.equal(seen.stream.ids, 1);
    assert.equal(seen.stream.content, seen.plain.content);
  });

  test('a question that is not recorded is its NotFoundError', () => {
    assert.equal(seen.error?.status, 404);
    assert.equal(seen.error?.code, 'not_recorded');
  });
});
