import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ClientRequest } from '../common/chat.ts';
import { anthropicMessages } from './anthropic-messages.ts';

const read = (content: unknown, more: object = {}): ClientRequest =>
  anthropicMessages.readRequest(
    JSON.stringify({ model: 'auto', max_tokens: 9, messages: [{ role: 'user', content }], ...more }),
    {},
  );
const contentOf = ({ chat }: ClientRequest): unknown => chat.messages.at(-1)?.content;

test('documents and search results become text or files, as far as a chat has them', () => {
  const source = (type: string, more: object): object => ({ type: 'document', source: { type, ...more } });
  assert.equal(
    contentOf(read([{ ...source('text', { data: 'Rome fell.' }), title: 'History', context: 'A book' }])),
    'History\n\nA book\n\nRome fell.',
  );
  assert.deepEqual(
    contentOf(
      read([
        source('content', {
          content: [
            { type: 'text', text: 'a' },
            { type: 'text', text: 'b' },
          ],
        }),
      ]),
    ),
    [
      { type: 'text', text: 'a' },
      { type: 'text', text: 'b' },
    ],
  );
  assert.deepEqual(
    contentOf(
      read([{ ...source('base64', { media_type: 'application/pdf', data: 'cGRm' }), context: 'A bill' }]),
    ),
    [
      { type: 'text', text: 'A bill' },
      { type: 'file', file: { file_data: 'data:application/pdf;base64,cGRm' } },
    ],
  );
  const result = {
    type: 'search_result',
    title: 'T',
    source: 'S',
    content: [{ type: 'text', text: 'found' }],
  };
  assert.deepEqual(contentOf(read([result])), [
    { type: 'text', text: 'T\nS' },
    { type: 'text', text: 'found' },
  ]);
});

test('what an answer depends on and no chat can say keeps other tiers out', () => {
  const only = (content: unknown, more?: object): string | undefined => read(content, more).onlyInFormat;
  assert.equal(
    only([{ type: 'image', source: { type: 'file', file_id: 'f' } }]),
    'an image from a file of the provider',
  );
  assert.equal(
    only([{ type: 'document', source: { type: 'url', url: 'u' } }]),
    'a document that the provider has to fetch',
  );
  assert.equal(only([{ type: 'container_upload', file_id: 'f' }]), "content of type 'container_upload'");
  assert.equal(only('a', { tools: [{ type: 'bash_20250124', name: 'bash' }] }), "the tool 'bash'");
  assert.equal(
    only('a', { tools: [{ type: 'browser_toolset_20260801' }] }),
    "the tool 'browser_toolset_20260801'",
  );
  assert.equal(only('a', { mcp_servers: [{ url: 'u' }] }), 'MCP servers');
  assert.equal(only('a', { mcp_servers: [] }), undefined);
  assert.equal(only('a', { container: 'c' }), 'a container of the provider');
  assert.equal(only('a', { max_tokens: 0 }), 'a request without an answer (`max_tokens` of 0)');
  assert.equal(
    only('a', { output_config: { format: { type: 'grammar' } } }),
    "an answer of the form 'grammar'",
  );
  assert.equal((only([{ type: 'x'.repeat(9_999) }]) ?? '').length, 101, 'it stands in errors');
});

test('what an answer can do without is named once', () => {
  const cached = { type: 'text', text: 'a', cache_control: { type: 'ephemeral' } };
  const { unsaid, onlyInFormat } = read([cached, cached], {
    top_k: 3,
    thinking: { type: 'enabled', budget_tokens: 1024 },
    metadata: { user_id: 'u'.repeat(65) },
    output_config: { effort: 'max' },
    tools: [{ name: 'find', input_schema: {}, defer_loading: true, cache_control: { type: 'ephemeral' } }],
    future: null,
  });
  assert.deepEqual(unsaid, [
    'cache_control',
    'tools.defer_loading',
    'metadata',
    'output_config.effort',
    'thinking',
    'top_k',
  ]);
  assert.equal(onlyInFormat, undefined);
  assert.equal(read('a', { thinking: { type: 'disabled' } }).unsaid, undefined);
});

test('a request that the API does not know is refused at its place', () => {
  const refused = (body: object): unknown => {
    try {
      return anthropicMessages.readRequest(JSON.stringify(body), {});
    } catch (error) {
      return (error as { param: unknown }).param;
    }
  };
  const good = { model: 'auto', max_tokens: 9, messages: [{ role: 'user', content: 'a' }] };
  assert.equal(refused({ ...good, max_tokens: undefined }), 'max_tokens');
  assert.equal(refused({ ...good, messages: [] }), 'messages');
  assert.equal(refused({ ...good, messages: [{ role: 'tool', content: 'a' }] }), 'messages[0].role');
  assert.equal(refused({ ...good, system: [{ text: 'a' }] }), 'system');
  assert.equal(refused({ ...good, tools: [{ name: 1 }] }), 'tools[0].name');
});
