import { cloudKeys } from '../../config/init/cloud.ts';
import { detect, type Identify } from '../../config/init/detect.ts';
import type { Fetch } from '../../upstream/transport/server-fetch.ts';
import { buildLadder } from '../../config/init/ladder.ts';
import { parseConfig } from '../../config/load/load.ts';
import { formatProblem } from '../../config/load/problem.ts';
import type { Config } from '../../config/schema/schema.ts';
import { renderConfig } from '../../config/init/write.ts';
import type { RecordedQuestions } from '../../gateway/gateway.ts';
import type { AskCloud } from '../common/ask-at-terminal.ts';
import { loadDemonstration, RECORDED_UPSTREAM, demonstrationQuestions } from '../common/demonstration.ts';
import { commandLine } from '../../format/command-line.ts';
import { unusable } from '../common/exit.ts';
import { findConfig, readConfig } from '../common/read-config.ts';

/** What a gateway starts with, and where it comes from. */
export interface Start {
  config: Config;
  source: 'file' | 'found' | 'demonstration';
  /** The path, if the source is a file. */
  file?: string;
  /** What was chosen and why, one sentence each. */
  sentences: string[];
  /** The recorded questions, if they answer for an upstream. */
  recordings?: RecordedQuestions;
}

/** What the choice depends on. */
export interface StartSurroundings {
  /** The current folder. */
  folder: string;
  environment: Readonly<Record<string, string | undefined>>;
  identify: Identify;
  fetch: Fetch;
  now: Date;
  /** Asks the user whether a provider may be used. Absent without a terminal: then none may. */
  ask?: AskCloud;
}

/**
 * Chooses what to serve, in this order: the demonstration if it is asked for; the named configuration; `weir.yaml` of the
 * current folder; a ladder of the models found on this machine; the demonstration.
 * @throws {CommandError} with every problem of the file.
 */
export async function chooseStart(
  { config: file, demonstration }: { config?: string; demonstration: boolean },
  surroundings: StartSurroundings,
): Promise<Start> {
  if (demonstration && file !== undefined) return startRecorded(file);
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
    'There is no weir.yaml here, so Weir looked for model servers on this machine.',
    ...ladder.sentences,
  ];
  if (ladder.config === undefined) return startDemonstration(folder, sentences);
  const loaded = parseConfig(renderConfig(ladder.config), { file: 'the models found', folder, environment });
  if (!loaded.ok) throw unusable(loaded.problems.map(formatProblem).join('\n'));
  return {
    config: loaded.config,
    source: 'found',
    sentences: [...sentences, `To change this, write it to weir.yaml with ${commandLine('init')}.`],
  };
}

/** Serves the user's own configuration, with the recordings as one of its upstreams. */
async function startRecorded(file: string): Promise<Start> {
  const config = readConfig(file);
  if (config.upstreams[RECORDED_UPSTREAM] === undefined)
    throw unusable(
      `With --demonstration, the recordings answer for the upstream '${RECORDED_UPSTREAM}', but ${file} has no such upstream. Add it; demo/learning.yaml shows how.`,
    );
  const sentences = [
    `The configuration is ${file}. Its upstream '${RECORDED_UPSTREAM}' answers from the demonstration's recordings: no model runs there.`,
  ];
  return { config, source: 'file', file, sentences, recordings: await demonstrationQuestions() };
}

async function startDemonstration(folder: string, sentences: string[]): Promise<Start> {
  const { config, questions } = await loadDemonstration(folder);
  return { config, source: 'demonstration', sentences, recordings: questions };
}
