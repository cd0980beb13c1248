/** One run of a row: a gateway of its own, scripted models, and traffic over HTTP. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createGateway, createLog } from '../../src/gateway/gateway.ts';
import { importReferences } from '../../src/learning/labels/import-references.ts';
import { parseReferences } from '../../src/learning/labels/parse-references.ts';
import {
  answers,
  refuses,
  type AskedChat,
  type ScriptedStep,
} from '../../src/upstream/scripted/scripted-reply.ts';
import { createScriptedServer } from '../../src/upstream/scripted/scripted-server.ts';
import { played, tokens } from '../../src/upstream/scripted/testing.ts';
import { configIn } from '../../test/e2e/scripted-gateway.ts';
import { createChance } from '../../test/made-traces.ts';
import type { Item, PromiseRow, Umpire } from './rows.ts';

/** A little longer than the learner takes from one round to the next: between batches it can act. */
const ROUND_MS = 3_300;
const BATCH = 100;
/** After a change, so that the delay until the next round is not most of what is counted. */
const SMALL_BATCH = 20;
const AT_ONCE = 10;

export interface PromiseRun {
  /** The share of all requests on which the small model is wrong, in the last phase. */
  smallWrong: number;
  /** After how many requests a version was first certified; absent where none was. */
  certifiedAfter?: number;
  /** Answers that said they are certified; how many of these were wrong, and how many no certificate may speak of. */
  certified: number;
  wrong: number;
  outside: number;
  /** Certified answers in the second half of what came after a change. */
  late: number;
  /** The kinds of what learning said, each once. */
  events: string[];
}

/** Runs a row. @param seed decides what is wrong. */
export async function runPromiseRow(
  row: PromiseRow,
  { seed, requests }: { seed: number; requests: number },
): Promise<PromiseRun> {
  const chance = createChance(seed);
  const items = new Map<number, Item>();
  let umpire: Umpire = row.umpire ?? 'works';
  const server = await createScriptedServer({ chat: (asked) => play(asked, items, umpire) });
  const folder = await mkdtemp(join(tmpdir(), 'weir-promise-'));
  const gateway = await createGateway({
    config: configIn(folder, configText(row, server.baseUrl)),
    environment: {},
    log: createLog('silent'),
  });
  const run: PromiseRun = { smallWrong: 0, certified: 0, wrong: 0, outside: 0, late: 0, events: [] };
  try {
    const lines = (row.references ?? []).map((line) => JSON.stringify(line));
    const { references } = parseReferences(lines, { route: 'auto', routes: ['auto'] });
    if (references.length > 0) await importReferences(gateway.store, references, { now: Date.now });
    const { port } = await gateway.listen();
    const origin = `http://127.0.0.1:${port}`;
    while ((await gateway.store.jobs()).length === 0) await sleep(20);

    let [inPhase, wrongInPhase, before] = [0, 0, 0];
    for (let sent = 0, size = BATCH; sent < requests; sent += size) {
      const phase = row.changeAfter !== undefined && sent >= row.changeAfter ? 2 : 1;
      size = phase === 2 ? SMALL_BATCH : BATCH;
      if (phase === 2 && umpire === 'works') [umpire, inPhase, wrongInPhase] = ['fails', 0, 0];
      const batch = Array.from({ length: size }, (_, index) => {
        const item = row.item(sent + index, chance, phase);
        items.set(sent + index, item);
        return item;
      });
      inPhase += size;
      wrongInPhase += batch.filter(({ isWrong }) => isWrong).length;
      for (let at = 0; at < size; at += AT_ONCE)
        await Promise.all(batch.slice(at, at + AT_ONCE).map((item) => count(run, item, origin)));
      if (phase === 1 || 2 * sent < requests + (row.changeAfter ?? 0)) before = run.certified;
      await sleep(ROUND_MS);
      const events = await gateway.store.learningEvents({ limit: 1_000 });
      run.events = [...new Set(events.map(({ kind }) => kind))];
      if (run.events.includes('promoted')) run.certifiedAfter ??= sent + size;
    }
    run.late = run.certified - before;
    run.smallWrong = wrongInPhase / inPhase;
    return run;
  } finally {
    await gateway.close();
    await server.close();
    await rm(folder, { recursive: true });
  }
}

function configText({ learning, contextTokens = 8_000 }: PromiseRow, baseUrl: string): string {
  const here = `baseUrl: '${baseUrl}', retries: 0, maxConcurrent: 64`;
  return `
listen: 127.0.0.1:0
store: 'sqlite:./promise.db'
recorder: { interval: 1ms }
# On a busy machine the clients of this process wait for long.
limits: { receiveTimeout: 10m, writeTimeout: 10m }
upstreams: { here: { ${here}, location: on-premises }, away: { ${here}, location: cloud } }
models:
  small: { upstream: here, model: small-model, identity: made up, price: { input: 1, output: 1 }, logprobs: stream }
  large: { upstream: away, model: large-model, identity: made up, price: { input: 50, output: 50 }, logprobs: stream }
  judge: { upstream: away, model: umpire, price: { input: 1, output: 1 }, contextTokens: ${contextTokens} }
routes: { auto: { tiers: [small, large], objective: { maxQualityLoss: 0.05, certainty: 0.9 } } }
learning: { startRate: 1, auditRate: 1, maxConcurrent: 16, dailyBudgetUsd: 1000, ${learning} }`;
}

/** The small model is as sure of what is wrong as of what is right. */
function play(asked: AskedChat, items: ReadonlyMap<number, Item>, umpire: Umpire): ReturnType<typeof played> {
  if (asked.model === 'umpire') return played(judge(asked, umpire), asked);
  const text = JSON.stringify(asked.body['messages']);
  const item = items.get(Number([...text.matchAll(/#(\d+)/g)].at(-1)?.[1]));
  const isSmall = asked.model === 'small-model';
  if (item === undefined || item.fails === 'both' || (isSmall && item.fails === 'small'))
    return refuses(500, { message: 'no' });
  const said = isSmall && item.isWrong ? item.wrong : item.right;
  const reply = answers({
    tokens: tokens(said, isSmall ? 0.9 : 0.99),
    usage: { inputTokens: 10, outputTokens: 10 },
  });
  return item.leaves === undefined ? played(reply, asked) : endsLate(reply, asked);
}

/** The text is sent a while before the end, so that a client can leave between them. */
async function endsLate(reply: ScriptedStep, asked: AskedChat): Promise<Awaited<ReturnType<typeof played>>> {
  const full = await played(reply, asked);
  const body = full.body ?? [];
  const end = body.findIndex((part) => typeof part === 'string' && part.includes('"finish_reason":"'));
  return end < 0 ? full : { ...full, body: [...body.slice(0, end), { waitMs: 40 }, ...body.slice(end)] };
}

function judge(asked: AskedChat, umpire: Umpire): ScriptedStep {
  if (umpire === 'fails') return refuses(500, { message: 'no' });
  const text = (asked.body['messages'] as { content: string }[]).map(({ content }) => content).join('\n');
  const letter = /about answer ([AB])/.exec(text)?.[1] ?? 'A';
  const judged = new RegExp(`<answer_${letter} [^>]*>\\s*([^<]*)<`).exec(text)?.[1] ?? '';
  const isRight = judged.includes('right');
  if (umpire === 'works') return answers(isRight ? 'GOOD' : 'WRONG');
  return answers(isRight ? 'GUT' : 'FALSCH');
}

async function count(run: PromiseRun, item: Item, origin: string): Promise<void> {
  const leaving = new AbortController();
  const response = await fetch(`${origin}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...item.headers },
    body: JSON.stringify({ model: 'auto', ...item.body }),
    signal: leaving.signal,
  });
  const { text, isCut } = item.leaves ? await readUntilWrong(response, item, leaving) : await whole(response);
  const isCertified = isCut
    ? await isCertifiedInRecord(response, origin)
    : response.headers.get('x-weir-certified') === 'yes' || text.includes('"certified":true');
  if (!isCertified) return;
  run.certified += 1;
  if (item.isWrong && text.includes(item.wrong)) run.wrong += 1;
  if (item.isOutside) run.outside += 1;
}

interface ReadAnswer {
  /** What was said; then, of a stream, its closing comment. */
  text: string;
  isCut: boolean;
}

async function whole(response: Response): Promise<ReadAnswer> {
  const body = (await response.json()) as { choices?: { message?: { content?: string } }[] };
  return { text: body.choices?.[0]?.message?.content ?? '', isCut: false };
}

async function readUntilWrong(response: Response, item: Item, leaving: AbortController): Promise<ReadAnswer> {
  let text = '';
  try {
    for await (const part of response.body ?? []) {
      text += Buffer.from(part).toString();
      const said = contentOf(text);
      if (!item.isWrong || !said.includes(item.wrong)) continue;
      leaving.abort();
      return { text: said, isCut: true };
    }
  } catch (error) {
    if (!leaving.signal.aborted) throw error;
  }
  return { text: `${contentOf(text)} ${/^: weir .*$/m.exec(text)?.[0] ?? ''}`, isCut: false };
}

function contentOf(events: string): string {
  return [...events.matchAll(/"content":"([^"]*)"/g)].map(([, said]) => said).join('');
}

async function isCertifiedInRecord(response: Response, origin: string): Promise<boolean> {
  const id = response.headers.get('x-weir-id') ?? '';
  for (;;) {
    const found = await fetch(`${origin}/v1/decisions/${id}`);
    const { certified } = (await found.json()) as { certified?: boolean };
    if (found.ok) return certified === true;
    await sleep(20);
  }
}
