import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Path } from './document.ts';
import type { Issue } from './problem.ts';

const MAX_BYTES = 65_536;

/** Headers that carry a credential, by the words in their names. */
const SECRET_HEADER = /auth|key|token|secret|cookie|password|credential/i;

interface Place {
  holder: Record<string, unknown>;
  name: string;
  path: Path;
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Where the file holds credentials: `apiKey` and `headers` of each upstream. */
function credentialPlaces(file: unknown): Place[] {
  const upstreams = isMap(file) && isMap(file.upstreams) ? Object.entries(file.upstreams) : [];
  return upstreams.flatMap(([name, upstream]): Place[] => {
    if (!isMap(upstream)) return [];
    const path = ['upstreams', name];
    const { headers } = upstream;
    return [
      { holder: upstream, name: 'apiKey', path: [...path, 'apiKey'] },
      ...(isMap(headers)
        ? Object.keys(headers).map((header) => ({
            holder: headers,
            name: header,
            path: [...path, 'headers', header],
          }))
        : []),
    ];
  });
}

/** The file's text without the line break at its end; or what is wrong, without a word of the text. */
function readCredential(file: string): { text: string } | { problem: string } {
  try {
    const stat = statSync(file);
    if (!stat.isFile()) return { problem: `${file} is not a file` };
    if (stat.size > MAX_BYTES) return { problem: `${file} is too large to be a credential` };
    const text = readFileSync(file, 'utf8').replace(/\r?\n$/, '');
    return text.trim() === '' ? { problem: `${file} is empty` } : { text };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    return { problem: code === 'ENOENT' ? `there is no file ${file}` : `${file} cannot be read (${code})` };
  }
}

/**
 * Replaces `file:/path` by that file's text, in place; paths are relative to `folder`.
 * @returns problems, and warnings about credentials that stand in the file itself.
 */
export function readCredentials(
  file: unknown,
  folder: string,
  isFromEnvironment: (path: Path) => boolean,
): { issues: Issue[]; warnings: Issue[] } {
  const issues: Issue[] = [];
  const warnings: Issue[] = [];
  for (const { holder, name, path } of credentialPlaces(file)) {
    const value = holder[name];
    if (typeof value !== 'string') continue;
    if (value.startsWith('file:')) {
      const result = readCredential(resolve(folder, value.slice('file:'.length)));
      if ('text' in result) holder[name] = result.text;
      else issues.push({ path, message: result.problem });
    } else if (value !== '' && !isFromEnvironment(path) && (name === 'apiKey' || SECRET_HEADER.test(name))) {
      warnings.push({
        path,
        message: 'a credential stands in the file itself; `${VARIABLE}` or `file:/path` keeps it out',
      });
    }
  }
  return { issues, warnings };
}
