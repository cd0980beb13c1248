/**
 * How reliable a real model is as a judge: it compares recorded answers of the demonstration's test questions with the last
 * tier's, in the same way as audits do, and a checker knows which are right.
 *
 *     node bench/judge.ts large=http://127.0.0.1:8103/v1 [--answers small] [--last large] [--comparisons 150]
 *         [--minutes 15] [--seed 1] [--prompt FILE] [--resume FILE]
 *
 * The judge is a model behind a server of its own, or behind several (`large=URL,URL`). Questions are drawn with the seed
 * until the number of comparisons is reached or the minutes are over. An answer that is empty or equal to the last tier's
 * needs no judge and does not count. Each comparison is a line on standard error; with `--resume`, comparisons in a file are
 * not made again.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { createRandom, shuffled } from '../src/calibration/fit/random.ts';
import { judgeRequest } from '../src/audits/judge-call.ts';
import { DEFAULT_JUDGE_PROMPT, readVerdict } from '../src/learning/labels/judge.ts';
import { createVerdicts } from '../src/learning/labels/verdicts.ts';
import { readTraces } from '../src/traces/read-write.ts';
import { traceMessages, type Trace } from '../src/traces/trace.ts';
import { judgeTable, type Compared } from './judge-table.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    answers: { type: 'string', default: 'small' },
    last: { type: 'string', default: 'large' },
    comparisons: { type: 'string', default: '150' },
    minutes: { type: 'string', default: '15' },
    seed: { type: 'string', default: '1' },
    prompt: { type: 'string' },
    resume: { type: 'string' },
  },
});
const [judge = '', ...servers] = positionals[0]?.split(/[=,]/) ?? [];
if (servers.length === 0 || !servers.every((each) => URL.canParse(each)))
  throw new RangeError('usage: node bench/judge.ts NAME=ADDRESS[,ADDRESS] [options]');
const verdictsOf = createVerdicts({
  reference: () => Promise.resolve(undefined),
  prompt: values.prompt === undefined ? DEFAULT_JUDGE_PROMPT : readFileSync(values.prompt, 'utf8'),
});

async function ask(baseUrl: string, prompt: string): Promise<string> {
  const response = await fetch(`${baseUrl}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(judgeRequest(judge, prompt)),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status}: ${text}`);
  const { choices } = JSON.parse(text) as { choices: { message: { content: string | null } }[] };
  return choices[0]?.message.content ?? '';
}

/** The comparison of one question; undefined if it needs no judge. */
async function compare(baseUrl: string, trace: Trace): Promise<Compared | undefined> {
  const [answer, last] = [trace.attempts[values.answers], trace.attempts[values.last]];
  if (answer?.answer === undefined || last?.answer === undefined) return undefined;
  const replies: string[] = [];
  let failure: unknown;
  const { verdicts } = await verdictsOf({
    route: 'auto',
    messages: traceMessages(trace),
    answers: [
      { tier: 'judged', text: answer.answer },
      { tier: 'last', text: last.answer },
    ],
    askJudge: async (prompt) => {
      const reply = await ask(baseUrl, prompt).catch((error: unknown) => {
        failure = error;
        throw error;
      });
      replies.push(reply);
      return reply;
    },
  });
  // An audit continues without the verdict; a measurement needs it.
  if (failure !== undefined) throw failure;
  if (replies.length === 0) return undefined;
  for (const reply of replies)
    if (readVerdict(reply) === undefined) console.error(`no verdict: ${JSON.stringify(reply.slice(0, 200))}`);
  return {
    right: answer.score === 1,
    lastRight: last.score === 1,
    said: replies.map((reply) => readVerdict(reply) ?? null),
    verdict: verdicts.find(({ tier }) => tier === 'judged')?.verdict ?? null,
  };
}

const { traces } = await readTraces(new URL('../demo/traces.jsonl.gz', import.meta.url).pathname);
const drawn = shuffled(
  traces.filter(({ split }) => split === 'test'),
  createRandom(Number(values.seed)),
);
const ends = performance.now() + Number(values.minutes) * 60_000;
const compared: (Compared & { id: string })[] =
  values.resume === undefined
    ? []
    : readFileSync(values.resume, 'utf8')
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line) as Compared & { id: string });
const madeBefore = new Set(compared.map(({ id }) => id));
let tried = 0;
await Promise.all(
  servers.map(async (baseUrl) => {
    while (compared.length < Number(values.comparisons) && performance.now() < ends) {
      const trace = drawn[tried];
      if (trace === undefined) return;
      tried += 1;
      const comparison = madeBefore.has(trace.id) ? undefined : await compare(baseUrl, trace);
      if (comparison === undefined) continue;
      compared.push({ id: trace.id, ...comparison });
      console.error(JSON.stringify(compared.at(-1)));
    }
  }),
);

console.log(
  `${judge} judges ${values.answers}’s answers beside ${values.last}’s: ${tried} questions, ${compared.length} comparisons\n
${judgeTable(compared)}`,
);
