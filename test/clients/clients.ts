/** The clients that are run against the gateway: docs/clients.md lists the same, with what works. */
import type { GroupName } from './groups.ts';

/** What a client can do through an API, as the document says it. */
export type Ability = 'chat' | 'stream' | 'tools' | 'structured output' | 'errors';

interface Named {
  /** How it is installed, which is its name in the document. */
  name: string;
  /** What it is shown to do, by API. */
  apis: Readonly<Record<string, readonly Ability[]>>;
}

export interface Client extends Named {
  group: GroupName;
  /** Below `python/` or `node/`. */
  script: string;
}

const ALL = ['chat', 'stream', 'tools', 'structured output', 'errors'] as const;

export const CLIENTS: readonly Client[] = [
  { name: 'pip openai', group: 'python', script: 'openai_sdk.py', apis: { chats: ALL, responses: ALL } },
  { name: 'npm openai', group: 'node', script: 'openai-sdk.mjs', apis: { chats: ALL, responses: ALL } },
  { name: 'pip anthropic', group: 'python', script: 'anthropic_sdk.py', apis: { messages: ALL } },
  { name: 'npm @anthropic-ai/sdk', group: 'node', script: 'anthropic-sdk.mjs', apis: { messages: ALL } },
  {
    name: 'npm ai',
    group: 'node',
    script: 'ai-sdk.mjs',
    apis: { chats: ALL, compatible: ALL, responses: ALL, 'responses by default': ALL, messages: ALL },
  },
  {
    name: 'pip langchain-openai',
    group: 'python',
    script: 'langchain_client.py',
    apis: { chats: ALL, responses: ALL, messages: ALL },
  },
  {
    name: 'npm @langchain/openai',
    group: 'node',
    script: 'langchain.mjs',
    apis: { chats: ALL, responses: ALL, messages: ALL },
  },
  {
    name: 'pip pydantic-ai',
    group: 'python',
    script: 'pydantic_ai_client.py',
    apis: { chats: ALL, responses: ALL, messages: ALL },
  },
  {
    name: 'pip instructor',
    group: 'instructor',
    script: 'instructor_client.py',
    apis: {
      chats: ['structured output', 'errors'],
      responses: ['structured output', 'errors'],
      messages: ['structured output', 'errors'],
    },
  },
  {
    name: 'pip openai-agents',
    group: 'python',
    script: 'agents_sdk.py',
    apis: { chats: ALL, responses: ALL },
  },
  {
    name: 'npm @openai/agents',
    group: 'node',
    script: 'agents-sdk.mjs',
    apis: { chats: ALL, responses: ALL },
  },
  {
    name: 'pip litellm',
    group: 'litellm',
    script: 'litellm_client.py',
    apis: { chats: ALL, responses: ALL, messages: ALL },
  },
  {
    name: 'pip llm',
    group: 'litellm',
    script: 'llm_client.py',
    apis: { chats: ALL, responses: ALL, messages: ALL },
  },
  {
    name: 'pip llama-index-llms-openai-like',
    group: 'llama-index',
    script: 'llama_index_client.py',
    apis: { chats: ALL, responses: ALL, messages: ALL },
  },
];

/** Programs with tests of their own: aider.test.ts, claude-code.test.ts, codex.test.ts, wire-formats.test.ts. */
export const PROGRAMS: readonly Named[] = [
  { name: 'pip aider-chat', apis: { chats: ['chat', 'stream'], messages: ['chat', 'stream'] } },
  { name: 'npm @anthropic-ai/claude-code', apis: { messages: ['chat', 'stream', 'tools'] } },
  { name: 'npm @openai/codex', apis: { responses: ['chat', 'stream', 'tools'] } },
  { name: 'Open WebUI', apis: { chats: ['chat', 'stream', 'errors'] } },
  { name: 'Continue', apis: { chats: ['chat', 'stream', 'tools'] } },
];

/** The APIs as the document names them; two of the names are other ways of one client to the same API. */
export const APIS: Readonly<Record<string, string>> = {
  chats: 'chats',
  compatible: 'chats',
  responses: 'Responses',
  'responses by default': 'Responses',
  messages: 'Messages',
};
