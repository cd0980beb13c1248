import { dirname, resolve } from 'node:path';
import type { z } from 'zod';
import { commandLine, CONFIG_FILE, shellWord } from '../../format/command-line.ts';
import { readCredentials } from './credentials.ts';
import { fillPresets } from './fill-presets.ts';
import { describeIssue } from './describe-issue.ts';
import type { Show } from './describe-issue.ts';
import { parseSource } from './document.ts';
import type { Path } from './document.ts';
import type { Environment } from './interpolate.ts';
import { missingParts } from './missing-parts.ts';
import { placeIssues } from './problem.ts';
import type { Issue, Problem } from './problem.ts';
import { readFiles } from './read-files.ts';
import { readText } from './read-text.ts';
import { checkReferences } from './references.ts';
import { configSchema } from '../schema/schema.ts';
import type { Config } from '../schema/schema.ts';
import { chooseEngine } from '../../store/engines.ts';
import { readTree } from './tree.ts';
import { warningsOf } from './warnings.ts';
import { checkBySchema } from '../../format/check-by-schema.ts';

export type Loaded =
  | {
      ok: true;
      config: Config;
      warnings: Problem[];
      /** Gives later objections to this configuration their positions in the file. */
      place: (issues: readonly Issue[]) => Problem[];
    }
  | { ok: false; problems: Problem[] };

const MAX_BYTES = 1_048_576;

/** A user does not read more at once, and finding their positions takes time. */
const MAX_PROBLEMS = 100;

function valueAt(tree: unknown, path: Path): unknown {
  let value = tree;
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = Reflect.get(value, part);
  }
  return value;
}

/** A map with a misspelt key also lacks the right one. Only the misspelt key is reported. */
function withoutConsequences(issues: readonly z.core.$ZodIssue[]): z.core.$ZodIssue[] {
  const pathOf = (issue: z.core.$ZodIssue): string => JSON.stringify(issue.path);
  const misspelt = new Set(issues.filter(({ code }) => code === 'unrecognized_keys').map(pathOf));
  return issues.filter((issue) => issue.code !== 'custom' || !misspelt.has(pathOf(issue)));
}

/** Joins the findings of several passes, the most reliable pass first. A value is explained by the first pass that objects to it. */
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
 * @param options.file the name that problems give it.
 * @param options.folder the base of its relative paths.
 * @returns the configuration, or all its problems, in the order of the file. Never throws, whatever the text.
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
      problems: [
        { file, path: '', message: `the file is empty; write one with ${initLine(file, '--force ')}` },
      ],
    };

  const show: Show = (path) => source.written(path);
  const credentials = readCredentials(tree.value, folder, tree.isFromEnvironment);
  const presetIssues = fillPresets(tree.value, environment);
  const fileIssues = readFiles(tree.value, folder);
  const parsed = checkBySchema(configSchema, tree.value);
  const found =
    tree.value === null ? [] : withoutConsequences(parsed.error?.issues ?? []).slice(0, MAX_PROBLEMS);
  const issues = merged(
    tree.issues,
    credentials.issues,
    presetIssues,
    fileIssues,
    checkReferences(tree.value, show),
    found.flatMap((issue) => describeIssue(issue, valueAt(tree.value, issue.path), show)),
  );
  if (!parsed.success || issues.length > 0)
    return { ok: false, problems: placeIssues(issues.slice(0, MAX_PROBLEMS), source, file) };

  const missing = missingParts(parsed.data, environment);
  if (missing.length > 0)
    return { ok: false, problems: placeIssues(missing.slice(0, MAX_PROBLEMS), source, file) };

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

/** Resolves a relative path in the URL: commands may run in other folders than the file's. */
function resolveStore(url: string, folder: string): string {
  const choice = chooseEngine(url);
  return 'engine' in choice ? choice.engine.resolve(url, folder) : url;
}

/** The command that writes a configuration to this file. */
function initLine(file: string, options = ''): string {
  return commandLine(`init ${options}${file === CONFIG_FILE ? '' : `--output ${shellWord(file)}`}`.trimEnd());
}

/** Reads a configuration file; see {@link parseConfig}. */
export function loadConfig(path: string, environment: Environment): Loaded {
  const refused = (message: string): Loaded => ({ ok: false, problems: [{ file: path, path: '', message }] });
  const read = readText(path, { called: 'the file', maxBytes: MAX_BYTES });
  if ('problem' in read)
    return refused(
      read.isMissing === true ? `${read.problem}; write one with ${initLine(path)}` : read.problem,
    );
  if (read.text.includes('\0')) return refused('the file is binary, not YAML');
  return parseConfig(read.text, { file: path, folder: dirname(resolve(path)), environment });
}
