import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { z } from 'zod';
import { readCredentials } from './credentials.ts';
import { describeIssue } from './describe-issue.ts';
import type { Show } from './describe-issue.ts';
import { parseSource } from './document.ts';
import type { Path } from './document.ts';
import type { Environment } from './interpolate.ts';
import { placeIssues } from './problem.ts';
import type { Issue, Problem } from './problem.ts';
import { readPrompt } from './read-prompt.ts';
import { checkReferences } from './references.ts';
import { configSchema } from '../schema/schema.ts';
import type { Config } from '../schema/schema.ts';
import { chooseEngine } from '../../store/engines.ts';
import { readTree } from './tree.ts';
import { warningsOf } from './warnings.ts';

export type Loaded =
  | {
      ok: true;
      config: Config;
      warnings: Problem[];
      /** What others find wrong with this configuration, at its places in the file. */
      place: (issues: readonly Issue[]) => Problem[];
    }
  | { ok: false; problems: Problem[] };

const MAX_BYTES = 1_048_576;

/** Nobody reads more of them at once, and finding their places takes time. */
const MAX_PROBLEMS = 100;

function valueAt(tree: unknown, path: Path): unknown {
  let value = tree;
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = Reflect.get(value, part);
  }
  return value;
}

/** A map with an unknown key may also lack what the key was meant to be: the key is the finding. */
function withoutConsequences(issues: readonly z.core.$ZodIssue[]): z.core.$ZodIssue[] {
  const pathOf = (issue: z.core.$ZodIssue): string => JSON.stringify(issue.path);
  const misspelt = new Set(issues.filter(({ code }) => code === 'unrecognized_keys').map(pathOf));
  return issues.filter((issue) => issue.code !== 'custom' || !misspelt.has(pathOf(issue)));
}

/** Findings of several passes, the surest pass first: what one pass says about a value, the next need not explain again. */
function merged(...passes: Issue[][]): Issue[] {
  const settled = new Set<string>();
  return passes.flatMap((issues) => {
    const fresh = issues.filter(({ path }) => !settled.has(JSON.stringify(path)));
    for (const { path } of fresh) settled.add(JSON.stringify(path));
    return fresh;
  });
}

/**
 * Reads a configuration from text.
 * @param options.file what problems call it.
 * @param options.folder what relative paths in it are relative to.
 * @returns the configuration, or every problem there is, in the order of the file. Never throws, whatever the text.
 */
export function parseConfig(
  text: string,
  { file, folder, environment }: { file: string; folder: string; environment: Environment },
): Loaded {
  const source = parseSource(text);
  if (source.errors.length > 0) {
    const problems = source.errors.map(({ message, position }) => ({ file, ...position, path: '', message }));
    return { ok: false, problems: problems.slice(0, MAX_PROBLEMS) };
  }
  const tree = readTree(source, environment);
  if (tree.value === null && tree.issues.length === 0)
    return {
      ok: false,
      problems: [{ file, path: '', message: 'the file is empty; `weir init --force` writes one' }],
    };

  const show: Show = (path) => source.written(path);
  const credentials = readCredentials(tree.value, folder, tree.isFromEnvironment);
  const promptIssues = readPrompt(tree.value, folder);
  const parsed = configSchema.safeParse(tree.value);
  const found =
    tree.value === null ? [] : withoutConsequences(parsed.error?.issues ?? []).slice(0, MAX_PROBLEMS);
  const issues = merged(
    tree.issues,
    credentials.issues,
    promptIssues,
    checkReferences(tree.value, show),
    found.flatMap((issue) => describeIssue(issue, valueAt(tree.value, issue.path), show)),
  );
  if (!parsed.success || issues.length > 0)
    return { ok: false, problems: placeIssues(issues.slice(0, MAX_PROBLEMS), source, file) };

  const config = {
    ...parsed.data,
    store: resolveStore(parsed.data.store, folder),
  };
  return {
    ok: true,
    config,
    warnings: placeIssues([...credentials.warnings, ...warningsOf(config)], source, file),
    place: (objections) => placeIssues(objections, source, file),
  };
}

/** The URL with its relative path, where it has one, resolved: commands may run in other folders than the file's. */
function resolveStore(url: string, folder: string): string {
  const choice = chooseEngine(url);
  return 'engine' in choice ? choice.engine.resolve(url, folder) : url;
}

/** The file's text; or in a sentence why it is none. */
function readText(path: string): { text: string } | { problem: string } {
  try {
    const stat = statSync(path);
    if (!stat.isFile()) return { problem: 'this is not a file' };
    if (stat.size > MAX_BYTES)
      return { problem: `the file is larger than ${MAX_BYTES} bytes; this is no configuration` };
    const bytes = readFileSync(path);
    if (bytes.includes(0)) return { problem: 'this is a binary file, not YAML' };
    return { text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes) };
  } catch (error) {
    if (error instanceof TypeError) return { problem: 'the file is not UTF-8 text; save it as UTF-8' };
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    return {
      problem:
        code === 'ENOENT'
          ? 'there is no such file; `weir init` writes one'
          : `the file cannot be read (${code})`,
    };
  }
}

/** Reads a configuration file; see {@link parseConfig}. */
export function loadConfig(path: string, environment: Environment): Loaded {
  const read = readText(path);
  if ('problem' in read) return { ok: false, problems: [{ file: path, path: '', message: read.problem }] };
  return parseConfig(read.text, { file: path, folder: dirname(resolve(path)), environment });
}
