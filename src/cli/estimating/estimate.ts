import { access } from 'node:fs/promises';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { catalogued } from '../../config/prices.ts';
import { defined } from '../../defined.ts';
import { estimateOf } from '../../estimate/estimate.ts';
import { planJudge, planQuestions } from '../../estimate/plan-costs.ts';
import { sampleLog, type LogSample } from '../../estimate/reading/sample-log.ts';
import { limited, recordedLabel, recordedName } from '../../estimate/recorded-answers.ts';
import { DEFAULT_JUDGE_PROMPT } from '../../learning/labels/judge.ts';
import { withEarlier } from '../../recordings/question.ts';
import type { Price } from '../../routing/billing.ts';
import type { Comparing } from '../../traces/comparing/compare-answers.ts';
import { TraceFileError } from '../../traces/read-write.ts';
import type { Trace } from '../../traces/trace.ts';
import { confirmAtTerminal, isAtTerminal } from '../common/ask-at-terminal.ts';
import { failed, unusable } from '../common/exit.ts';
import { JSON_OPTION, ROUTE_OPTION } from '../common/options.ts';
import { printJson, printLines, say } from '../common/output.ts';
import { parseCount, parseShare, parseShares } from '../common/parse-arguments.ts';
import { showProgress } from '../common/progress.ts';
import { readOwnConfig } from '../common/read-config.ts';
import { chooseModel, modelOf, type SmallModel } from './estimate-model.ts';
import { JUDGE_REPLY_TOKENS, runEstimate, type Judge } from './estimate-run.ts';
import {
  estimateInWords,
  failuresInWords,
  planInWords,
  sampleInWords,
  oneLine,
  type Plan,
} from './estimate-words.ts';
import { SEED_OPTION } from '../measuring/ladder-options.ts';
import { readQuestions } from '../measuring/read-questions.ts';

interface Options {
  questions: number;
  seed: number;
  config?: string;
  route: string;
  model?: string;
  url?: string;
  price?: Price;
  recorded?: string;
  recordedPrice?: Price;
  requests?: string;
  judge?: string;
  compare?: Comparing;
  maxLoss: number[];
  certainty: number;
  maxTokens?: number;
  concurrency: number;
  out?: string;
  yes: boolean;
  json: boolean;
}

export function registerEstimate(program: Command): void {
  program
    .command('estimate')
    .summary('ask a small model questions of a log, and say what it would save')
    .description(
      "Ask a small model a sample of the requests of a log, compare its answers with the recorded ones, and say in how many it says the same, what serving its answers would lose, and what a certified policy is likely to save. Reads logs of OpenAI's API (requests with responses, the Batch API's output, stored completions, fine-tuning examples), of LiteLLM and Langfuse, Weir's own recorded questions, and questions with answers as JSON Lines. Before it starts it says whom it will ask and what that costs. A run that was stopped goes on where it was.",
    )
    .argument(
      '<log>',
      'file of requests with their answers: JSON Lines or JSON, gzipped if the name ends in .gz',
    )
    .option('--questions <n>', 'number of requests to ask, drawn at random', parseCount, 200)
    .option(...SEED_OPTION)
    .option(
      '--config <file>',
      'configuration that has the small model (default: weir.yaml in the current folder, if it exists)',
    )
    .option(...ROUTE_OPTION)
    .option(
      '--model <name>',
      "small model: a name of the configuration, or with --url the server's (default: first tier of the route)",
    )
    .option('--url <address>', 'server that has the small model, such as http://127.0.0.1:11434/v1')
    .option(
      '--price <in/out>',
      "small model's price in US dollars per million tokens, such as 0.05/0.1",
      parsePrice,
    )
    .option(
      '--recorded <name>',
      "model whose answers to compare with, where recorded questions have several models' (default: the dearest)",
    )
    .option(
      '--recorded-price <in/out>',
      'its price, where the log does not say what answers cost',
      parsePrice,
    )
    .option('--requests <file>', 'input file of the Batch API, if the log is its output file')
    .option(
      '--judge <name>',
      'model of the configuration that compares answers where it is not certain whether they are the same',
    )
    .addOption(
      new Option('--compare <kind>', 'how to compare answers, instead of by what they look like').choices([
        'exact',
        'number',
        'set',
      ]),
    )
    .option(
      '--max-loss <x,…>',
      'quality losses that a certified policy would promise',
      parseShares,
      [0.02, 0.05],
    )
    .option('--certainty <x>', 'certainty of that promise', parseShare, 0.9)
    .option(
      '--max-tokens <n>',
      "limit of an answer (default: the log's, else twice the recorded answer, at least 512)",
      parseCount,
    )
    .option('--concurrency <n>', 'number of questions to ask at the same time', parseCount, 4)
    .option('--out <file>', 'trace file that keeps the answers (default: LOG.estimate.jsonl)')
    .option('--yes', 'go ahead without asking', false)
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      '\nExample:\n  $ weir estimate log.jsonl --model qwen3:4b --url http://127.0.0.1:11434/v1',
    )
    .action(run);
}

async function run(log: string, options: Options): Promise<void> {
  const small = await choose(options);
  const judge = judgeOf(options, small);
  const sample = await readSample(log, options);
  sampleInWords(log, sample, options).forEach((line) => say(line));
  if (options.recorded === small.name)
    throw unusable(`--recorded: '${small.name}' is the model that is asked. Name another one.`);
  const recorded = options.recorded ?? recordedName(sample.traces, [small.name]);
  const drawn = answeredBy(sample.traces, recorded, [small.name]);
  if (recorded === undefined || drawn.length === 0)
    throw failed(
      `${log} has no request with a recorded answer that can be used${options.recorded === undefined ? '' : ` of '${options.recorded}'`}. ${KINDS_OF_LOGS}`,
    );
  const out = options.out ?? `${log.replace(/(?:\.jsonl?)?(?:\.gz)?$/, '')}.estimate.jsonl`;
  const earlier = (await exists(out)) ? await readQuestions(out, true) : [];
  const traces = withEarlier(limited(drawn, recorded, options.maxTokens), earlier);
  const ids = new Set(traces.map(({ id }) => id));
  const plan = planOf({ traces, small, recorded, judge, out });
  planInWords(plan).forEach((line) => say(line));
  await requireYes(plan, options);

  const startedMs = performance.now();
  const stop = new AbortController();
  const onSignal = (): void => stop.abort(new Error('stopped'));
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  try {
    const result = await runEstimate({
      traces,
      others: earlier.filter(({ id }) => !ids.has(id)),
      small,
      recorded,
      judge,
      out,
      concurrency: options.concurrency,
      comparing: options.compare,
      signal: stop.signal,
      progress: progressFor,
    });
    const { rows, failures } = result;
    failuresInWords(failures).forEach((line) => say(line));
    if (stop.signal.aborted)
      throw failed(`Stopped. ${out} has the answers so far: run the same command to continue.`);
    if (rows.length === 0) throw failed(`${small.name} gave no answer, so there is nothing to say.`);
    const report = estimateOf(rows, {
      small: small.name,
      recorded,
      maxLosses: options.maxLoss,
      certainty: options.certainty,
      seed: options.seed,
      smallPrice: small.price,
      recordedPrice: options.recordedPrice ?? listedPrice(traces, recorded),
    });
    const seconds = (performance.now() - startedMs) / 1_000;
    const told = { report, small: small.name, recorded: recordedLabel(traces, recorded), result, seconds };
    if (!options.json) return printLines(estimateInWords(told));
    printJson({
      log,
      questions: traces.length,
      usable: sample.usable,
      formats: sample.formats,
      problems: sample.problems,
      small: { name: small.name, address: small.address },
      recorded,
      out,
      planned: plan.questions,
      asked: result.asked,
      failures: failures.length,
      ...defined({ judge: judge?.key, spentUsd: result.spentNanoUsd && result.spentNanoUsd / 1e9 }),
      ...report,
      differing: report.differing.map((each) => ({
        ...each,
        question: oneLine(each.question, 400),
        recorded: oneLine(each.recorded, 400),
        small: oneLine(each.small, 400),
      })),
    });
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}

const KINDS_OF_LOGS =
  'It must have requests with their answers, such as a log of LiteLLM, an export of Langfuse, or lines like {"messages": […], "answer": "…"}.';

async function choose(options: Options): Promise<SmallModel> {
  const small = await chooseModel(options);
  return options.price === undefined ? small : { ...small, price: options.price };
}

/** @throws {CommandError} where the configuration does not have it. */
function judgeOf({ judge, config: file }: Options, small: SmallModel): Judge | undefined {
  if (judge === undefined) return undefined;
  const config = small.isConfigured ? small.config : readOwnConfig(file).config;
  const { address, price } = modelOf(config, judge, '--judge');
  return { config, key: judge, address, ...defined({ price }) };
}

async function readSample(log: string, { questions, seed, requests }: Options): Promise<LogSample> {
  try {
    return await sampleLog(log, { questions, seed, requests });
  } catch (error) {
    if (error instanceof TraceFileError) throw unusable(error.message);
    throw error;
  }
}

/** The questions that have the recorded answer, without those of other models: but what the small model has said is not asked again. */
function answeredBy(traces: readonly Trace[], recorded: string | undefined, others: string[]): Trace[] {
  if (recorded === undefined) return [];
  return traces
    .filter(({ attempts }) => attempts[recorded]?.answer !== undefined)
    .map((trace) => ({
      ...trace,
      attempts: Object.fromEntries(
        Object.entries(trace.attempts).filter(([name]) => name === recorded || others.includes(name)),
      ),
    }));
}

interface Planned {
  traces: readonly Trace[];
  small: SmallModel;
  recorded: string;
  judge: Judge | undefined;
  out: string;
}

function planOf({ traces, small, recorded, judge, out }: Planned): Plan {
  const waiting = traces.filter(({ attempts }) => attempts[small.name] === undefined);
  const prompt = judge?.config.learning?.judgePrompt ?? DEFAULT_JUDGE_PROMPT;
  return {
    small,
    recorded: recordedLabel(traces, recorded),
    out,
    known: traces.length - waiting.length,
    questions: planQuestions(waiting, recorded, small.price),
    ...(judge && {
      judge: { key: judge.key, address: judge.address },
      judging: planJudge(traces, recorded, {
        price: judge.price,
        prompt,
        replyTokens: JUDGE_REPLY_TOKENS,
      }),
    }),
  };
}

/** @throws {CommandError} unless the user says yes. */
async function requireYes({ questions, judging }: Plan, { yes, json }: Options): Promise<void> {
  if (yes || (questions.calls === 0 && judging === undefined)) return;
  if (!isAtTerminal() || json) throw unusable('Nothing was asked. Add --yes if this may be sent and spent.');
  if (!(await confirmAtTerminal('Go ahead?'))) throw failed('Nothing was asked.');
}

/** Providers by how their models' names begin, for answers whose cost the log does not say. */
const PROVIDERS: readonly (readonly [RegExp, string])[] = [
  [/^(?:gpt-|o\d|chatgpt-)/, 'https://api.openai.com/v1'],
  [/^claude-/, 'https://api.anthropic.com'],
  [/^gemini-/, 'https://generativelanguage.googleapis.com'],
];

/** The list price of the model that the log names, where it says no costs. */
function listedPrice(traces: readonly Trace[], recorded: string): Price | undefined {
  const answers = traces.map(({ attempts }) => attempts[recorded]);
  if (answers.every((answer) => answer?.costUsd !== undefined)) return undefined;
  const model = recordedLabel(traces, recorded);
  const [, url] = PROVIDERS.find(([begins]) => begins.test(model)) ?? [];
  return url === undefined ? undefined : catalogued(url, model, new Date()).price;
}

/** A bar on a terminal; otherwise a line now and then. */
function progressFor(what: string): (done: number, total: number) => void {
  const bar = showProgress(what);
  let told = 0;
  return (done, total) => {
    if (process.stderr.isTTY) {
      bar.update(done, total);
      if (done >= total) bar.end();
      return;
    }
    const tenth = total === 0 ? 0 : Math.floor((10 * done) / total);
    if (tenth > told) say(`${what}: ${done} of ${total}`);
    told = Math.max(told, tenth);
  };
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

function parsePrice(text: string): Price {
  const [, input, output] = /^(\d*\.?\d+)\/(\d*\.?\d+)$/.exec(text) ?? [];
  if (input === undefined || output === undefined)
    throw new InvalidArgumentError("It must be two numbers, for input and output tokens: '0.05/0.1'.");
  // Nano-dollars a token.
  return { input: Number(input) * 1_000, output: Number(output) * 1_000 };
}
