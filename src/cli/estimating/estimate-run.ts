import { randomUUID } from 'node:crypto';
import { defined } from '../../defined.ts';
import type { Config } from '../../config/schema/schema.ts';
import { compareRow, type ComparedRow } from '../../estimate/compare-row.ts';
import { judgeRows } from '../../estimate/judge-rows.ts';
import { createGateway, checkRecorded, createLog, type Gateway } from '../../gateway/gateway.ts';
import { DEFAULT_JUDGE_PROMPT } from '../../learning/labels/judge.ts';
import { usageOf } from '../../protocol/common/read-usage.ts';
import { openJournal } from '../../recordings/journal.ts';
import { questionHash, rescoreAll } from '../../recordings/question.ts';
import { RECORDED_SAMPLING, type RecordTier } from '../../recordings/record.ts';
import { recordRun } from '../../recordings/record-run.ts';
import { answerView } from '../../recordings/replay-attempt.ts';
import { billOf, type Price } from '../../routing/billing.ts';
import { beginChecks } from '../../routing/checks/checks.ts';
import { textOfMessages } from '../../routing/signals/request-text.ts';
import type { Comparing } from '../../traces/comparing/compare-answers.ts';
import { writeTraces } from '../../traces/read-write.ts';
import type { Trace, TraceAttempt } from '../../traces/trace.ts';
import { wordsOf } from '../common/upstream-words.ts';
import { cannotWrite } from '../common/write-result.ts';
import type { SmallModel } from './estimate-model.ts';

/** A judge's reply is one word; one that thinks first has room. */
export const JUDGE_REPLY_TOKENS = 1_000;

export interface Judge {
  config: Config;
  /** Its name there. */
  key: string;
  address: string;
  price?: Price;
}

export interface EstimateRun {
  traces: readonly Trace[];
  /** Earlier results that are not in this sample: they are kept beside it. */
  others: readonly Trace[];
  small: SmallModel;
  recorded: string;
  judge?: Judge | undefined;
  comparing?: Comparing | undefined;
  concurrency: number;
  out: string;
  signal: AbortSignal;
  progress(what: string): (done: number, total: number) => void;
}

export interface EstimateResult {
  rows: ComparedRow[];
  /** New answers and verdicts. */
  asked: number;
  failures: string[];
  spentNanoUsd?: number;
}

/** Asks the small model, then the judge. Everything is kept as soon as it is there, so the next run goes on where this one ended. */
export async function runEstimate(run: EstimateRun): Promise<EstimateResult> {
  const { small, recorded, judge, out, signal, concurrency, progress } = run;
  const journal = await openJournal(`${out}.journal`).catch((error: unknown) => {
    throw cannotWrite(out, error);
  });
  let gateways: Gateway[] = [];
  const open = async (config: Config): Promise<Gateway> => {
    const gateway = await createGateway({
      config: { ...config, store: 'sqlite::memory:' },
      environment: process.env,
      log: createLog('silent'),
    });
    gateways = [...gateways, gateway];
    return gateway;
  };
  try {
    const gateway = await open(small.config);
    const tier = recordTier(gateway, small);
    const { traces, asked, failures } = await recordRun({
      questions: run.traces,
      tiers: [tier],
      concurrency,
      journal,
      signal,
      progress: progress(`Asking ${small.name}`),
    });
    const scored = rescoreAll(traces).traces;
    const rows = await compareAll(scored, run);
    const problems = failures.map(({ message }) => message);
    let judged = 0;
    let judgeNanoUsd: number | undefined = 0;
    if (judge !== undefined && !signal.aborted) {
      const judging = judge.config === small.config ? gateway : await open(judge.config);
      const said = await judgeRows({
        rows,
        judge: judge.key,
        prompt: judge.config.learning?.judgePrompt ?? DEFAULT_JUDGE_PROMPT,
        recorded,
        small: small.name,
        concurrency,
        signal,
        ask: askJudge(judging, judge, signal, (nano) => {
          judgeNanoUsd = nano === undefined || judgeNanoUsd === undefined ? undefined : judgeNanoUsd + nano;
        }),
        progress: progress(`Judge ${judge.key}`),
        async keep(trace, attempt) {
          judged += 1;
          await journal.append({ id: trace.id, question: questionHash(trace), tier: small.name, attempt });
        },
      });
      problems.push(...said);
    }
    await writeTraces(out, [...scored, ...run.others]);
    await journal.remove();
    const spentNanoUsd = sumOf(judgeNanoUsd, costOfNew(scored, run));
    return { rows, asked: asked + judged, failures: problems, ...defined({ spentNanoUsd }) };
  } finally {
    await Promise.all(gateways.map((gateway) => gateway.close()));
    await journal.close().catch(() => {});
  }
}

/** The small model as the recorder asks it: at temperature 0, with log-probabilities where its server gives them. */
function recordTier(gateway: Gateway, { key, name, price, source }: SmallModel): RecordTier {
  return {
    name,
    ...defined({ price }),
    source: () => ({ ...source, streamed: false, sampling: RECORDED_SAMPLING }),
    async ask(question, signal) {
      const { logprobs: _, top_logprobs: _top, seed: _seed, ...chat } = question;
      try {
        const body = await gateway.ask(key, {
          // A question of a log, with the messages that it was read with.
          chat: { ...chat, model: key } as Parameters<Gateway['ask']>[1]['chat'],
          logprobs: true,
          requestId: `estimate-${randomUUID()}`,
          signal,
        });
        return { body };
      } catch (error) {
        throw new Error(wordsOf(error), { cause: error });
      }
    },
  };
}

function askJudge(
  gateway: Gateway,
  { key, price }: Judge,
  signal: AbortSignal,
  paid: (nanoUsd: number | undefined) => void,
): (prompt: string) => Promise<string> {
  return async (prompt) => {
    const messages = [{ role: 'user', content: prompt }];
    const chat = { model: key, messages, max_tokens: JUDGE_REPLY_TOKENS, ...RECORDED_SAMPLING };
    try {
      const requestId = `estimate-${randomUUID()}`;
      const reply = await gateway.ask(key, { chat, logprobs: false, requestId, signal });
      paid(billOf(price, usageOf(reply)));
      const [choice] = reply.choices;
      if (choice?.finish_reason !== 'stop') throw new Error('its reply did not end by itself');
      return textOfMessages([{ content: choice.message?.content }]).join('');
    } catch (error) {
      throw new Error(wordsOf(error), { cause: error });
    }
  };
}

/** Compares every question that the small model has answered, after the checks of live traffic. */
async function compareAll(
  traces: readonly Trace[],
  { recorded, small, comparing, judge }: EstimateRun,
): Promise<ComparedRow[]> {
  const judgedForm = await checkRecorded(traces);
  const vetoesOf = (answer: TraceAttempt) =>
    judgedForm(answer) ?? answer.vetoes ?? beginChecks(answerView(answer), {}).found;
  const compared = { recorded, small: small.name, comparing, vetoesOf, judge: judge?.key };
  return traces.flatMap((trace) => compareRow(trace, compared) ?? []);
}

/** What the answers cost that this run asked for; undefined where the price of one is not known. */
function costOfNew(traces: readonly Trace[], { traces: before, small }: EstimateRun): number | undefined {
  const known = new Set(
    before.flatMap(({ id, attempts }) => (attempts[small.name] === undefined ? [] : [id])),
  );
  const costs = traces
    .filter(({ id }) => !known.has(id))
    .flatMap(({ attempts }) => {
      const answer = attempts[small.name];
      return answer === undefined ? [] : [answer.costUsd];
    });
  return costs.reduce<number | undefined>(
    (sum, cost) => sumOf(sum, cost === undefined ? undefined : cost * 1e9),
    0,
  );
}

function sumOf(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? undefined : one + other;
}
