/**
 * Whether the intervals of `weir estimate` hold what is true, on recorded answers of two models, as a Markdown table:
 *
 *     node bench/estimate.ts --data FOLDER [--samples 20] [--splits 40] [--only PART-OF-A-ROW]
 *
 * FOLDER has the recorded questions `closed-qa.jsonl.gz` and `mmlu-pro.jsonl.gz`; without it nothing is measured. The large model's
 * answers are written as logs: requests and responses of the OpenAI API, and recorded questions, whose scores are used or not. Of each log samples
 * of 200 are drawn, and the small model is "asked": its recorded answers are looked up. The truth is the same comparison over the whole
 * file; the mean loss over the whole file; and the certified cost of `weir bench`, 800 questions to fit on and 1,000 to certify on, over
 * random splits.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { compareRow, type ComparedRow } from '../src/estimate/compare-row.ts';
import { agreementOf, type AgreementFigures } from '../src/estimate/figures.ts';
import { estimateOf, type EstimateReport } from '../src/estimate/estimate.ts';
import { LOGGED } from '../src/estimate/reading/log-format.ts';
import { sampleLog } from '../src/estimate/reading/sample-log.ts';
import { EXPECTED_LABELS } from '../src/estimate/saving/expect-saving.ts';
import type { Interval } from '../src/calibration/tests/interval.ts';
import { createLadderTable } from '../src/learning/table/ladder-table.ts';
import { bench } from '../src/learning/tuning/bench.ts';
import { readTraces, writeTraces } from '../src/traces/read-write.ts';
import { traceMessages, type Trace } from '../src/traces/trace.ts';
import { policyTiers } from '../test/made-traces.ts';

const { values: options } = parseArgs({
  options: {
    data: { type: 'string' },
    samples: { type: 'string', default: '20' },
    splits: { type: 'string', default: '40' },
    only: { type: 'string', default: '' },
  },
});
const [SAMPLES, SPLITS] = [Number(options.samples), Number(options.splits)];
const [MAX_LOSSES, CERTAINTY] = [[0.02, 0.05], 0.9];

const LADDERS: readonly [file: string, small: string, large: string][] = [
  ['closed-qa', 'gpt-4o-mini', 'gpt-4o'],
  ['closed-qa', 'llama3.1-8b', 'llama3.1-405b'],
  ['closed-qa', 'llama3.1-70b', 'llama3.1-405b'],
  ['closed-qa', 'qwen2.5-72b-instruct', 'gpt-4o'],
  ['mmlu-pro', 'gpt-4.1-nano', 'gpt-4.1'],
  ['mmlu-pro', 'gpt-4.1-mini', 'gpt-4.1'],
  ['mmlu-pro', 'Meta-Llama-3.1-70B-Instruct-Turbo', 'Meta-Llama-3.1-405B-Instruct-Turbo'],
];

const print = (...cells: (string | number)[]): void => {
  process.stdout.write(`| ${cells.join(' | ')} |\n`);
};
const share = (value: number): string => value.toFixed(3);
const holds = ({ lower, upper }: Interval, truth: number): boolean => lower <= truth && truth <= upper;

/** In how many samples an interval held the truth, and how wide it was on average. */
function held<T>(reports: readonly T[], truth: number, of: (report: T) => Interval | undefined): string {
  const intervals = reports.flatMap((report) => of(report) ?? []);
  const width = intervals.reduce((sum, { lower, upper }) => sum + upper - lower, 0) / intervals.length;
  return `${intervals.filter((interval) => holds(interval, truth)).length} of ${intervals.length} (${share(width)})`;
}

function certifiedCosts(traces: readonly Trace[], names: readonly string[]): number[] {
  const { table } = createLadderTable(traces, policyTiers(names.map((name) => ({ name }))));
  const { policies } = bench(table, {
    ...EXPECTED_LABELS,
    maxLosses: MAX_LOSSES,
    certainty: CERTAINTY,
    splits: SPLITS,
    seed: 11,
    population: false,
  });
  return (policies['certified'] ?? []).map(({ relativeCost }) => relativeCost);
}

/** The rows of a sample with the small model's recorded answers, as if it had been asked. */
function asked(
  sample: readonly Trace[],
  known: ReadonlyMap<string, Trace>,
  small: string,
  recorded: string,
): ComparedRow[] {
  return sample.flatMap((trace) => {
    const answer = known.get(trace.id)?.attempts[small];
    const attempts = { ...trace.attempts, ...(answer && { [small]: answer }) };
    return compareRow({ ...trace, attempts }, { recorded, small, vetoesOf: () => [] }) ?? [];
  });
}

async function measure(file: string, small: string, large: string, folder: string): Promise<void> {
  const { traces: all } = await readTraces(join(options.data ?? '', `${file}.jsonl.gz`));
  const traces = all.filter(
    ({ attempts }) =>
      attempts[large]?.answer !== undefined &&
      attempts[small]?.score !== undefined &&
      attempts[large].score !== undefined,
  );
  const scored = join(folder, 'scored.jsonl');
  await writeTraces(
    scored,
    traces.map((trace) => ({ ...trace, attempts: { [large]: trace.attempts[large] ?? {} } })),
  );
  const pairs = join(folder, 'pairs.jsonl');
  // Lines of any JSON are written as traces are.
  await writeTraces(pairs, traces.map((trace) => openAiPair(trace, large)) as unknown as Trace[]);
  const byId = new Map(traces.map((trace) => [trace.id, trace]));
  const byLine = new Map(traces.map((trace, index) => [`line-${index + 1}`, trace]));
  const whole = asked(traces, byId, small, large);
  const same = whole.filter(({ sameness }) => sameness === 'same').length / whole.length;
  const loss = whole.reduce((sum, row) => sum + (row.loss ?? NaN), 0) / whole.length;
  const costs = certifiedCosts(traces, [small, large]);
  const agreements: AgreementFigures[] = [];
  const withScores: EstimateReport[] = [];
  const without: EstimateReport[] = [];
  for (let seed = 1; seed <= SAMPLES; seed++) {
    const draw = async (log: string): Promise<Trace[]> =>
      (await sampleLog(log, { questions: 200, seed })).traces;
    const setting = { small, recorded: large, maxLosses: MAX_LOSSES, certainty: CERTAINTY, seed };
    agreements.push(agreementOf(asked(await draw(pairs), byLine, small, LOGGED)));
    const rows = asked(await draw(scored), byId, small, large);
    withScores.push(estimateOf(rows, setting));
    // The same sample of a log that has no scores.
    without.push(
      estimateOf(
        rows.map(({ loss: _, ...row }) => row),
        setting,
      ),
    );
  }
  const name = `${file}, ${small} → ${large}`;
  print(
    name,
    'the same answers',
    share(same),
    held(agreements, same, (each) => each.same),
  );
  print(
    name,
    'loss if all were served',
    share(loss),
    held(withScores, loss, (report) => report.loss),
  );
  for (const [index, maxLoss] of MAX_LOSSES.entries()) {
    const saved = 1 - (costs[index] ?? NaN);
    const promise = `saved at a loss of ${maxLoss * 100} %`;
    print(
      name,
      `${promise}, with scores`,
      share(saved),
      held(withScores, saved, (each) => each.saving?.promises[index]?.saved),
    );
    print(
      name,
      `${promise}, without`,
      share(saved),
      held(without, saved, (each) => each.saving?.promises[index]?.saved),
    );
  }
}

/** A request and its response, as a team's own log has them. */
function openAiPair(trace: Trace, large: string): object {
  const { answer, costUsd, inputTokens, outputTokens } = trace.attempts[large] ?? {};
  return {
    request: { model: large, messages: traceMessages(trace) },
    response: {
      object: 'chat.completion',
      model: large,
      choices: [{ index: 0, message: { role: 'assistant', content: answer }, finish_reason: 'stop' }],
      usage: { prompt_tokens: inputTokens, completion_tokens: outputTokens },
    },
    cost_usd: costUsd,
  };
}

const missing = LADDERS.filter(([file]) => !existsSync(join(options.data ?? '', `${file}.jsonl.gz`)));
if (options.data === undefined || missing.length === LADDERS.length) {
  process.stdout.write('Skipped: name the folder of the recorded questions with --data.\n');
} else {
  process.stdout.write(
    `${cpus().length} × ${cpus()[0]?.model ?? ''}, Node ${process.version}, load average ${loadavg()[0]?.toFixed(2) ?? ''}\n\n`,
  );
  print('log, small → recorded model', 'figure', 'truth', 'interval holds it in (its width)');
  print('---', '---', '---', '---');
  const folder = mkdtempSync(join(tmpdir(), 'weir-estimate-'));
  try {
    for (const [file, small, large] of LADDERS)
      if (`${file} ${small} ${large}`.includes(options.only) && !missing.some(([name]) => name === file))
        await measure(file, small, large, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
