/** The snippets of docs/feedback.md, run as they stand there against a real gateway. */
import assert from 'node:assert/strict';
import { execFile, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { loadDemonstration } from '../../src/cli/common/demonstration.ts';
import { readAnswerId } from '../../src/http/api/decisions.ts';
import { PROTOCOLS } from '../../src/protocol/protocols.ts';
import { root, textOf } from '../project.ts';
import { freePort } from './real-models.ts';

const main = join(import.meta.dirname, '../../src/cli/main.ts');
const run = promisify(execFile);

/** The document's fenced blocks of a language, in their order. */
function snippets(language: string): string[] {
  return [...textOf('docs/feedback.md').matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(
    ([, code = '']) => code,
  );
}

const [withOpenAi = '', plain = ''] = snippets('ts');
const [withOpenAiInPython = '', plainInPython = ''] = snippets('python');

/** A Python with the `openai` package, and any Python. */
const openAiPython = process.env['WEIR_PYTHON'];
const anyPython = openAiPython ?? (spawnSync('python3', ['--version']).status === 0 ? 'python3' : undefined);

test('with the prefix of any protocol and without one it is the same id', () => {
  const id = '01a22f51-92e9-717f-adf5-01afa4512981';
  for (const { idPrefix } of [...PROTOCOLS, { idPrefix: '' }])
    assert.equal(readAnswerId(idPrefix + id)?.outcomeId, id, idPrefix);
});

describe('the snippets of docs/feedback.md', () => {
  let child: ChildProcess;
  let weir: string;
  let question: string;

  before(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'weir-feedback-'));
    const port = await freePort();
    const args = [main, 'serve', '--demonstration', '--listen', `127.0.0.1:${port}`];
    child = spawn(process.execPath, args, { cwd: folder, stdio: 'ignore' });
    weir = `http://127.0.0.1:${port}`;
    for (let attempt = 0; ; attempt += 1) {
      const answer = await fetch(`${weir}/healthz`).catch(() => undefined);
      if (answer?.ok === true) break;
      assert.ok(child.exitCode === null && attempt < 300, 'the demonstration did not start');
      await sleep(100);
    }
    const { questions } = await loadDemonstration(folder);
    const [first] = questions.traces(() => true);
    question = first?.prompt ?? '';
  });
  after(() => child?.kill());

  const ask = (stream: boolean, path = '/v1/chat/completions'): Promise<Response> =>
    fetch(`${weir}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        model: 'auto',
        stream,
        ...(path.endsWith('responses')
          ? { input: question }
          : { max_tokens: 100, messages: [{ role: 'user', content: question }] }),
      }),
    });

  /** What the gateway knows people have said of an answer. */
  async function saidOf(id: string): Promise<{ verdict: number; correction?: string }[]> {
    const response = await fetch(`${weir}/v1/decisions/${id}`);
    const { labels } = (await response.json()) as { labels: { verdict: number; correction?: string }[] };
    return labels.map(({ verdict, correction }) => ({ verdict, ...(correction ? { correction } : {}) }));
  }

  async function newId(): Promise<string> {
    const response = await ask(false);
    await response.text();
    return response.headers.get('x-weir-id') ?? '';
  }

  const inTypeScript = async (code: string): Promise<string> =>
    (
      await run(process.execPath, ['--input-type=module-typescript', '-e', code], { cwd: root })
    ).stdout.trim();

  for (const { path, idIn } of [
    { path: '/v1/chat/completions', idIn: /^data: \{.*?"id":\s*"([^"]+)"/gm },
    { path: '/v1/messages', idIn: /^data: \{"type":\s*"message_start".*?"id":\s*"([^"]+)"/gm },
    { path: '/v1/responses', idIn: /^data: \{"type":\s*"response.created".*?"id":\s*"([^"]+)"/gm },
  ])
    test(`${path}: the id of an answer, whole or streamed, is its header’s, and is the id for feedback`, async () => {
      const whole = await ask(false, path);
      const { id } = (await whole.json()) as { id: string };
      assert.equal(id, whole.headers.get('x-weir-id'));
      const streamed = await ask(true, path);
      const ids = [...(await streamed.text()).matchAll(idIn)].map(([, each = '']) => each);
      assert.deepEqual([...new Set(ids)], [streamed.headers.get('x-weir-id')]);
      for (const each of [id, id.replace(/^[a-z]+[-_]/, ''), ids[0]]) {
        const body = JSON.stringify({ id: each, verdict: 'good' });
        const headers = { 'content-type': 'application/json' };
        const response = await fetch(`${weir}/v1/feedback`, { method: 'POST', headers, body });
        assert.equal(response.status, 202, await response.text());
      }
    });

  test('TypeScript, with OpenAI’s library', async () => {
    const id = await inTypeScript(`import OpenAI from 'openai';
      const client = new OpenAI({ baseURL: '${weir}/v1', apiKey: 'none' });
      const messages = [{ role: 'user' as const, content: ${JSON.stringify(question)} }];
      ${withOpenAi}
      console.log(answer.id);`);
    assert.deepEqual(await saidOf(id), [{ verdict: 0, correction: 'Lisbon' }]);
  });

  test('TypeScript, without a library', async () => {
    const id = await newId();
    await inTypeScript(`const [weir, key, id] = ['${weir}', 'none', '${id}']; ${plain}`);
    assert.deepEqual(await saidOf(id), [{ verdict: 1 }]);
  });

  const noOpenAi = openAiPython === undefined && 'WEIR_PYTHON names no Python that has the `openai` package';
  test('Python, with OpenAI’s library', { skip: noOpenAi }, async () => {
    const code = `import openai
client = openai.OpenAI(base_url="${weir}/v1", api_key="none")
messages = [{"role": "user", "content": ${JSON.stringify(question)}}]
${withOpenAiInPython}
print(answer.id)`;
    const { stdout } = await run(openAiPython ?? '', ['-c', code]);
    assert.deepEqual(await saidOf(stdout.trim()), [{ verdict: 0, correction: 'Lisbon' }]);
  });

  test('Python, without a library', { skip: anyPython === undefined && 'there is no python3' }, async () => {
    const id = await newId();
    const code = `import json
from urllib.request import Request, urlopen
weir, key, id = "${weir}", "none", "${id}"
${plainInPython}`;
    await run(anyPython ?? '', ['-c', code]);
    assert.deepEqual(await saidOf(id), [{ verdict: 0, correction: 'Lisbon' }]);
  });
});
