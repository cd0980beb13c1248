import { cloudKeys } from '../../config/init/cloud.ts';
import { detect, type Identify } from '../../config/init/detect.ts';
import type { Fetch } from '../../config/init/fetch-json.ts';
import { buildLadder } from '../../config/init/ladder.ts';
import { parseConfig } from '../../config/load/load.ts';
import { formatProblem } from '../../config/load/problem.ts';
import type { Config } from '../../config/schema/schema.ts';
import { renderConfig } from '../../config/init/write.ts';
import type { RecordedQuestions } from '../../gateway/gateway.ts';
import type { AskCloud } from '../common/ask-at-terminal.ts';
import { loadDemonstration, RECORDED_UPSTREAM, recordedQuestions } from '../common/demonstration.ts';
import { unusable } from '../common/exit.ts';
import { COMMAND_HINT } from '../common/output.ts';
import { findConfig, readConfig } from '../common/read-config.ts';

/** What a gateway starts with, and where that comes from. */
export interface Start {
  config: Config;
  source: 'file' | 'found' | 'demonstration';
  /** Where the source is a file: its path. */
  file?: string;
  /** What was chosen and why, a sentence each. */
  sentences: string[];
  /** The recorded questions, where they answer for an upstream. */
  recordings?: RecordedQuestions;
}

/** What the choice stands on. */
export interface StartSurroundings {
  /** The current folder. */
  folder: string;
  environment: Readonly<Record<string, string | undefined>>;
  identify: Identify;
  fetch: Fetch;
  now: Date;
  /** Asks a person whether a provider may be used; absent where nobody sits at a terminal: then the answer is no. */
  ask?: AskCloud;
}

/**
 * The demonstration where it is asked for, by a named configuration or its own; else a named configuration, or the folder's `weir.yaml`; else a ladder of what runs here; else, with nothing to be found, the
 * demonstration.
 * @throws {CommandError} with every problem of the file.
 */
export async function chooseStart(
  { config: file, demonstration }: { config?: string; demonstration: boolean },
  surroundings: StartSurroundings,
): Promise<Start> {
  if (demonstration && file !== undefined) return demonstrateBy(file);
  if (demonstration) return startDemonstration(surroundings.folder, []);
  const found = findConfig(file);
  if (found !== undefined)
    return {
      config: readConfig(found),
      source: 'file',
      file: found,
      sentences: [`The configuration is ${found}.`],
    };
  return findLadder(surroundings);
}

async function findLadder({
  folder,
  environment,
  identify,
  fetch,
  now,
  ask,
}: StartSurroundings): Promise<Start> {
  const found = await detect({ environment, identify, fetch });
  const keys = cloudKeys(environment);
  const cloudYes: string[] = [];
  const hasLocal = found.servers.some(({ chatModels }) => chatModels.length > 0);
  for (const provider of keys) if (await ask?.(provider, hasLocal)) cloudYes.push(provider.name);
  const ladder = buildLadder(found, { keys, cloudYes, now });
  const sentences = [
    'There is no weir.yaml here, so Weir looked at what runs on this machine.',
    ...ladder.sentences,
  ];
  if (ladder.config === undefined) return startDemonstration(folder, sentences);
  const loaded = parseConfig(renderConfig(ladder.config), { file: 'what was found', folder, environment });
  if (!loaded.ok) throw unusable(loaded.problems.map(formatProblem).join('\n'));
  return {
    config: loaded.config,
    source: 'found',
    sentences: [...sentences, `\`weir init\` writes this as weir.yaml, to be changed.${COMMAND_HINT}`],
  };
}

/** The recordings, behind a configuration of somebody's own. */
async function demonstrateBy(file: string): Promise<Start> {
  const config = readConfig(file);
  if (config.upstreams[RECORDED_UPSTREAM] === undefined)
    throw unusable(
      `${file} has no upstream '${RECORDED_UPSTREAM}', for the recordings to answer; demo/learning.yaml has one.`,
    );
  const sentences = [
    `The configuration is ${file}; the recorded answers of the demonstration stand for its upstream '${RECORDED_UPSTREAM}': no model runs there.`,
  ];
  return { config, source: 'file', file, sentences, recordings: await recordedQuestions() };
}

async function startDemonstration(folder: string, sentences: string[]): Promise<Start> {
  const { config, questions } = await loadDemonstration(folder);
  return { config, source: 'demonstration', sentences, recordings: questions };
}
