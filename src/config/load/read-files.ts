import { resolve } from 'node:path';
import type { Path } from './document.ts';
import { mapOf } from './plain-map.ts';
import type { Issue } from './problem.ts';
import { readText } from './read-text.ts';

/** A key of the file whose value is the path of another file. */
interface NamedFile {
  holder: Record<string, unknown>;
  name: string;
  path: Path;
  /** The longest that is read. */
  maxBytes: number;
}

const MAX_PROMPT_BYTES = 65_536;
/** The authorities that a whole system trusts take less than half. */
const MAX_CERTIFICATE_BYTES = 1_048_576;

function namedFiles(file: unknown): NamedFile[] {
  const { learning, upstreams } = mapOf(file);
  return [
    {
      holder: mapOf(learning),
      name: 'judgePrompt',
      path: ['learning', 'judgePrompt'],
      maxBytes: MAX_PROMPT_BYTES,
    },
    ...Object.entries(mapOf(upstreams)).map(([upstream, settings]) => ({
      holder: mapOf(settings),
      name: 'ca',
      path: ['upstreams', upstream, 'ca'],
      maxBytes: MAX_CERTIFICATE_BYTES,
    })),
  ];
}

/** Replaces the paths of the judge's prompt and of certificates by the files' texts, in place. Paths are relative to the folder. */
export function readFiles(file: unknown, folder: string): Issue[] {
  return namedFiles(file).flatMap(({ holder, name, path, maxBytes }): Issue[] => {
    const value = holder[name];
    if (typeof value !== 'string') return [];
    const from = resolve(folder, value);
    const read = readText(from, { called: from, maxBytes });
    if ('problem' in read) return [{ path, message: read.problem }];
    holder[name] = read.text;
    return [];
  });
}
