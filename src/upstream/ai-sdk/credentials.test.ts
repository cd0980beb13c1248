import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import type { Script } from '../scripted/scripted-reply.ts';
import { createScriptedServer } from '../scripted/scripted-server.ts';
import { failureOf } from '../testing.ts';
import { answersMessage, replays } from '../scripted/anthropic-reply.ts';
import { asks, heard, startSdkUpstream, wholeOf, withoutPackage } from './testing.ts';

const JSON_TYPE = { 'content-type': 'application/json' };
const ANSWER = {
  headers: JSON_TYPE,
  body: ['{"candidates":[{"content":{"parts":[{"text":"Yes."}]},"finishReason":"STOP"}]}'],
};

/** Credentials of Google's as a file, which are exchanged for a token at a server that plays this script. */
async function exchanging(t: TestContext, script: Script): Promise<{ asked: readonly unknown[] }> {
  const tokens = await createScriptedServer({ chat: { status: 500 }, posts: { '/token': script } });
  const folder = mkdtempSync(join(tmpdir(), 'weir-credentials-'));
  const before = { ...process.env };
  t.after(async () => {
    process.env = before;
    rmSync(folder, { recursive: true });
    await tokens.close();
  });
  writeFileSync(join(folder, 'subject'), 'subject-of-the-gateway');
  const account = {
    type: 'external_account',
    audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q',
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    token_url: `${tokens.origin}/token`,
    credential_source: { file: join(folder, 'subject') },
  };
  writeFileSync(join(folder, 'account.json'), JSON.stringify(account));
  Object.assign(process.env, {
    GOOGLE_APPLICATION_CREDENTIALS: join(folder, 'account.json'),
    GOOGLE_VERTEX_PROJECT: 'mine',
    GOOGLE_VERTEX_LOCATION: 'global',
  });
  return tokens;
}

suite('credentials of Google Cloud', { skip: withoutPackage('vertex') }, () => {
  test('a token is had once and sent along, and is in nothing that is said', async (t) => {
    const token = 'ya29.token-of-the-gateway';
    const tokens = await exchanging(t, {
      headers: JSON_TYPE,
      body: [JSON.stringify({ access_token: token, token_type: 'Bearer', expires_in: 3600 })],
    });
    const { server, upstream } = await startSdkUpstream(
      t,
      'vertex',
      {
        '/models/m:generateContent': [
          ANSWER,
          {
            status: 403,
            headers: JSON_TYPE,
            body: [JSON.stringify({ error: { message: `${token} may not` } })],
          },
        ],
      },
      { apiKey: null },
    );
    assert.equal(wholeOf(await upstream.chat(asks())).choices[0]?.message?.content, 'Yes.');
    const refused = await failureOf(upstream.chat(asks()));
    assert.equal(refused.code, 'upstream_credentials');
    assert.doesNotMatch(JSON.stringify(refused), /token-of-the-gateway/);
    assert.deepEqual(
      server.asked.map(({ headers }) => headers['authorization']),
      [`Bearer ${token}`, `Bearer ${token}`],
    );
    assert.equal(tokens.asked.length, 1);
  });

  test('Claude on Vertex AI is asked with the same token, whole and streamed', async (t) => {
    await exchanging(t, {
      headers: JSON_TYPE,
      body: ['{"access_token":"ya29.token-of-the-gateway","token_type":"Bearer","expires_in":3600}'],
    });
    const message = {
      content: [
        { type: 'text', text: 'Rain, I think.' },
        { type: 'tool_use', id: 'c', name: 'weather', input: { place: 'Ulm' } },
      ],
    };
    const overloaded = { type: 'error', error: { type: 'overloaded_error', message: 'Busy' } };
    const { server, upstream } = await startSdkUpstream(
      t,
      'vertex-anthropic',
      {
        '/m:rawPredict': answersMessage(message),
        '/m:streamRawPredict': [answersMessage(message), replays([overloaded])],
      },
      { apiKey: null },
    );
    const tools = [{ type: 'function', function: { name: 'weather', parameters: { type: 'object' } } }];
    const { choices, usage } = wholeOf(await upstream.chat(asks({ tools, max_tokens: 9 })));
    const call = { id: 'c', type: 'function', function: { name: 'weather', arguments: '{"place":"Ulm"}' } };
    assert.deepEqual(choices[0]?.message, {
      role: 'assistant',
      content: 'Rain, I think.',
      tool_calls: [call],
    });
    assert.deepEqual([choices[0].finish_reason, usage?.prompt_tokens], ['tool_calls', 10]);
    const said = await heard(await upstream.chat(asks({ tools }, { stream: true })));
    assert.deepEqual([said.text, said.finish, said.done], ['Rain, I think.', 'tool_calls', true]);
    assert.deepEqual(said.calls, [
      { id: 'c', type: 'function', name: 'weather', arguments: '{"place":"Ulm"}' },
    ]);
    const [{ headers, body }] = [await server.request(0)];
    assert.equal(headers['authorization'], 'Bearer ya29.token-of-the-gateway');
    assert.deepEqual([body['anthropic_version'], body['max_tokens']], ['vertex-2023-10-16', 9]);
    const busy = await failureOf(upstream.chat(asks({}, { stream: true })).then(heard));
    assert.deepEqual([busy.code, busy.safeToRepeat], ['upstream_unavailable', false]);
  });

  test('without a token nothing is sent, and it is said why; nobody waits for one for ever', async (t) => {
    await exchanging(t, { then: 'never' });
    const { server, upstream } = await startSdkUpstream(
      t,
      'vertex',
      { '/models/m:generateContent': ANSWER },
      { apiKey: null, timeouts: { firstByteMs: 50 } },
    );
    const late = await failureOf(upstream.chat(asks()));
    assert.deepEqual([late.code, late.unbilled], ['upstream_timeout', true]);
    const left = await failureOf(upstream.chat(asks({}, { signal: AbortSignal.abort() })));
    assert.match(left.message, /was cancelled/);
    process.env['GOOGLE_APPLICATION_CREDENTIALS'] = '/nowhere/account.json';
    const other = await startSdkUpstream(t, 'vertex', {}, { apiKey: null });
    const none = await failureOf(other.upstream.chat(asks()));
    assert.deepEqual([none.code, none.unbilled], ['upstream_credentials', true]);
    assert.match(none.said ?? '', /\/nowhere\/account\.json does not exist/);
    assert.equal(server.asked.length, 0);
  });
});
