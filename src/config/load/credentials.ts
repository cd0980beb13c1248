import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Path } from './document.ts';
import { isPlainMap, mapOf } from './plain-map.ts';
import type { Issue } from './problem.ts';

const MAX_BYTES = 65_536;

/** Headers that carry a credential, by the words in their names. */
const SECRET_HEADER = /auth|key|token|secret|cookie|password|credential/i;

/** A value of the file that is a credential: the map that holds it, its key, and its path. */
interface CredentialEntry {
  holder: Record<string, unknown>;
  name: string;
  path: Path;
}

/** The credentials of the file: `apiKey`, `headers` and `proxy` of each upstream; who is told of alarms, and their tokens. */
function credentialEntries(file: unknown): CredentialEntry[] {
  return [...ofUpstreams(file), ...ofAlarms(file)];
}

function ofAlarms(file: unknown): CredentialEntry[] {
  const { alarms } = mapOf(file);
  if (!Array.isArray(alarms)) return [];
  return alarms.flatMap((alarm: unknown, index): CredentialEntry[] =>
    ['webhook', 'token'].map((name) => ({ holder: mapOf(alarm), name, path: ['alarms', index, name] })),
  );
}

function ofUpstreams(file: unknown): CredentialEntry[] {
  return Object.entries(mapOf(mapOf(file).upstreams)).flatMap(([name, upstream]): CredentialEntry[] => {
    if (!isPlainMap(upstream)) return [];
    const path = ['upstreams', name];
    const { headers } = upstream;
    return [
      { holder: upstream, name: 'apiKey', path: [...path, 'apiKey'] },
      { holder: upstream, name: 'proxy', path: [...path, 'proxy'] },
      ...Object.keys(mapOf(headers)).map((header) => ({
        holder: mapOf(headers),
        name: header,
        path: [...path, 'headers', header],
      })),
    ];
  });
}

/** Whoever knows the address of a chat service's webhook can write there; it is encrypted on its way. */
function isSecret(name: string, value: string): boolean {
  if (name === 'proxy') return URL.canParse(value) && new URL(value).password !== '';
  return name === 'webhook' ? value.startsWith('https://') : name === 'apiKey' || SECRET_HEADER.test(name);
}

/** The file's text without a final line break; or what is wrong, without quoting the text. */
function readCredential(file: string): { text: string } | { problem: string } {
  try {
    const stat = statSync(file);
    if (!stat.isFile()) return { problem: `${file} is not a file` };
    if (stat.size > MAX_BYTES) return { problem: `${file} is too large to be a credential` };
    const text = readFileSync(file, 'utf8').replace(/\r?\n$/, '');
    return text.trim() === '' ? { problem: `${file} is empty` } : { text };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    return { problem: code === 'ENOENT' ? `${file} does not exist` : `${file} cannot be read (${code})` };
  }
}

/**
 * Replaces each `file:/path` by that file's text, in place. Paths are relative to `folder`.
 * @returns problems, and warnings about credentials written into the file itself.
 */
export function readCredentials(
  file: unknown,
  folder: string,
  isFromEnvironment: (path: Path) => boolean,
): { issues: Issue[]; warnings: Issue[] } {
  const issues: Issue[] = [];
  const warnings: Issue[] = [];
  for (const { holder, name, path } of credentialEntries(file)) {
    const value = holder[name];
    if (typeof value !== 'string') continue;
    if (value.startsWith('file:')) {
      const result = readCredential(resolve(folder, value.slice('file:'.length)));
      if ('text' in result) holder[name] = result.text;
      else issues.push({ path, message: result.problem });
    } else if (value !== '' && !isFromEnvironment(path) && isSecret(name, value)) {
      warnings.push({
        path,
        message: 'this credential is written into the file; use `${VARIABLE}` or `file:/path` instead',
      });
    }
  }
  return { issues, warnings };
}
