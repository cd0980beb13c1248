/** Packages that clients are tested with: a folder of its own for each group, as some packages want what others exclude. */
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

export interface Group {
  kind: 'python' | 'node';
  /** `core` runs with every change, `second` by hand. */
  set: 'core' | 'second';
  packages: readonly string[];
}

export const GROUPS = {
  python: {
    kind: 'python',
    set: 'core',
    packages: [
      'openai>=3.31,<4',
      'anthropic>=2,<3',
      'langchain-openai>=1.7,<2',
      'langchain-anthropic>=1.7,<2',
      'pydantic-ai-slim[openai,anthropic]>=2.60,<3',
      'openai-agents>=0.24,<0.25',
    ],
  },
  // It excludes what the newest `openai` needs.
  instructor: {
    kind: 'python',
    set: 'core',
    packages: ['instructor>=1.17,<2', 'openai>=3,<4', 'anthropic>=2,<3', 'langchain-openai>=1,<2'],
  },
  node: {
    kind: 'node',
    set: 'core',
    packages: [
      'openai@7',
      '@anthropic-ai/sdk@1',
      'ai@7',
      '@ai-sdk/openai@4',
      '@ai-sdk/openai-compatible@3',
      '@ai-sdk/anthropic@4',
      '@openai/agents@0.20',
      '@langchain/core@1',
      '@langchain/openai@1',
      '@langchain/anthropic@1',
      'zod@4',
    ],
  },
  litellm: {
    kind: 'python',
    set: 'second',
    packages: ['litellm>=1.110,<2', 'llm>=0.36,<0.37', 'llm-anthropic>=0.30,<0.31'],
  },
  'llama-index': {
    kind: 'python',
    set: 'second',
    packages: [
      'llama-index-llms-openai>=0.8,<0.9',
      'llama-index-llms-openai-like>=0.8,<0.9',
      'llama-index-llms-anthropic>=0.12,<0.13',
      'anthropic<1',
    ],
  },
  aider: { kind: 'python', set: 'second', packages: ['aider-chat>=0.86,<0.87'] },
  'claude-code': { kind: 'node', set: 'second', packages: ['@anthropic-ai/claude-code@2'] },
  codex: { kind: 'node', set: 'second', packages: ['@openai/codex@0.171'] },
} as const satisfies Record<string, Group>;

export type GroupName = keyof typeof GROUPS;

const home =
  process.env['WEIR_CLIENTS'] ??
  join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'weir-ci/clients');

/** Where a group's packages are, or will be. */
export const folderOf = (group: GroupName): string => join(home, group);

/** The file that says which packages were installed whole. */
export const stampOf = (group: GroupName): string => join(folderOf(group), 'installed.json');

/** The Python of a group. */
export const pythonOf = (group: GroupName): string => join(folderOf(group), 'bin/python');

/** Why a group's tests are skipped, or false. */
export function missing(group: GroupName): string | false {
  const stamp = stampOf(group);
  const wanted = JSON.stringify(GROUPS[group].packages);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return false;
  return `not installed here: node test/clients/install.ts ${group}`;
}
