import type { Command } from 'commander';
import type { Config } from '../../config/schema/schema.ts';
import { WeirError } from '../../errors.ts';
import { wordsOf } from '../common/upstream-words.ts';
import { createGateway, createLog, type Gateway } from '../../gateway/gateway.ts';
import { failed, unusable } from '../common/exit.ts';
import { print, printJson, table } from '../common/output.ts';
import { findConfig, readConfig } from '../common/read-config.ts';

/** What the doctor found of one model. */
interface Finding {
  name: string;
  upstream: string;
  model: string;
  ok: boolean;
  logprobs?: string;
  streaming?: boolean;
  contextTokens?: number;
  notes: string[];
}

/** A local server may have to load the model first. */
const PATIENCE_MS = 180_000;

const LOGPROBS: Readonly<Record<string, string>> = { stream: 'yes', plain: 'not in streams', none: 'no' };

export function register(program: Command): void {
  program
    .command('doctor')
    .summary('ask every model of the configuration what it can')
    .description(
      'Asks every model of the configuration a tiny question, and says whether it answers, whether its log-probabilities really come, and how large its context is. What it learns is kept in the store, where `weir serve` finds it.',
    )
    .option('--config <file>', 'the configuration (default: weir.yaml)')
    .option('--json', 'print one JSON document', false)
    .action(run);
}

async function run({ config: file, json }: { config?: string; json: boolean }): Promise<void> {
  const found = findConfig(file);
  if (found === undefined)
    throw unusable('there is no weir.yaml here; `weir init` writes one, and --config names another');
  const config = readConfig(found);
  const findings = await examineAll(config);
  if (json) printJson({ models: findings });
  else report(findings);
  const broken = findings.filter(({ ok }) => !ok).map(({ name }) => name);
  if (broken.length > 0) throw failed(`not answering: ${broken.join(', ')}`);
}

async function examineAll(config: Config): Promise<Finding[]> {
  let gateway: Gateway;
  try {
    gateway = await createGateway({ config, environment: process.env, log: createLog('silent') });
  } catch (error) {
    if (error instanceof WeirError) throw failed(error.message);
    throw error;
  }
  try {
    return await Promise.all(Object.keys(config.models).map((name) => examine(gateway, config, name)));
  } finally {
    await gateway.close();
  }
}

async function examine(gateway: Gateway, config: Config, name: string): Promise<Finding> {
  const { upstream = '', model = '' } = config.models[name] ?? {};
  try {
    const { logprobs, streaming, contextTokens, notes } = await gateway.probe(
      name,
      AbortSignal.timeout(PATIENCE_MS),
    );
    return {
      name,
      upstream,
      model,
      ok: true,
      logprobs,
      streaming,
      notes,
      ...(contextTokens === undefined ? {} : { contextTokens }),
    };
  } catch (error) {
    return { name, upstream, model, ok: false, notes: [wordsOf(error)] };
  }
}

function report(findings: readonly Finding[]): void {
  const rows = findings.map(({ name, upstream, model, ok, logprobs, streaming, contextTokens }) => [
    name,
    upstream,
    model,
    ok ? 'yes' : 'NO',
    LOGPROBS[logprobs ?? ''] ?? '',
    streaming === undefined ? '' : streaming ? 'yes' : 'no',
    contextTokens === undefined ? 'not known' : String(contextTokens),
  ]);
  table(
    ['model', 'upstream', 'its name there', 'answers', 'log-probabilities', 'streams', 'context'],
    rows,
  ).forEach((line) => print(line));
  for (const { name, notes } of findings) notes.forEach((note) => print(`${name}: ${note}`));
}
