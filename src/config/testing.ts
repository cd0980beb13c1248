import assert from 'node:assert/strict';
import { parseConfig } from './load/load.ts';
import type { Loaded } from './load/load.ts';
import { formatProblem } from './load/problem.ts';
import type { Config } from './schema/schema.ts';

/** Three models at two upstreams, and the route that a test writes after it. */
export const BASE = `upstreams:
  local: { baseUrl: http://127.0.0.1:11434/v1, location: on-premises }
  cloud: { baseUrl: https://api.openai.com/v1, location: cloud, apiKey: \${KEY} }
models:
  small: { upstream: local, model: qwen3:4b }
  medium: { upstream: local, model: qwen3:32b }
  large: { upstream: cloud, model: gpt-4.1 }
`;

export const ENVIRONMENT = { KEY: 'sk-very-secret' };

export function parse(text: string, environment: Record<string, string> = ENVIRONMENT): Loaded {
  return parseConfig(text, { file: 'weir.yaml', folder: '/etc/weir', environment });
}

/** The configuration of a text that has no problem. */
export function usable(text: string, environment?: Record<string, string>): Config {
  const loaded = parse(text, environment);
  assert.ok(loaded.ok, loaded.ok ? '' : loaded.problems.map(formatProblem).join('\n'));
  return loaded.config;
}

/** The problems of a text, as people read them. */
export function problemsOf(text: string, environment?: Record<string, string>): string[] {
  const loaded = parse(text, environment);
  return loaded.ok ? [] : loaded.problems.map(formatProblem);
}

/** The warnings about a text that has no problem, as people read them. */
export function warningsAbout(text: string): string[] {
  const loaded = parse(text);
  assert.ok(loaded.ok, loaded.ok ? '' : loaded.problems.map(formatProblem).join('\n'));
  return loaded.warnings.map(formatProblem);
}
