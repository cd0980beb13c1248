import assert from 'node:assert/strict';
import fc from 'fast-check';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkRecorded, indexTraceFile } from '../../../src/gateway/gateway.ts';
import { importReferences } from '../../../src/learning/labels/import-references.ts';
import { parseReferences } from '../../../src/learning/labels/parse-references.ts';
import { createLadderTable } from '../../../src/learning/table/ladder-table.ts';
import { rescoreAll } from '../../../src/recordings/question.ts';
import { replay } from '../../../src/recordings/replay.ts';
import type { Policy } from '../../../src/routing/policy.ts';
import { openStore } from '../../../src/store/open.ts';
import { readTraces, TraceFileError } from '../../../src/traces/read-write.ts';
import { policyTiers } from '../../made-traces.ts';
import { edited, spliced, type Json } from '../hostile-values.ts';
import type { FuzzTarget } from '../target.ts';

interface Input {
  text: string;
}

const answered: Json = {
  answer: 'Rome',
  score: 1,
  costUsd: 0.001,
  inputTokens: 5,
  outputTokens: 2,
  latencyMs: 10,
  finish: 'stop',
  signals: { meanLogprob: -0.1 },
  paidSignals: { pTrue: { value: 0.9, costUsd: 0.0001 } },
  tokens: [
    {
      t: 'Rome',
      lp: -0.1,
      top: [
        ['Rome', -0.1],
        ['Oslo', -3],
      ],
    },
  ],
  toolCalls: [{ name: 'find', arguments: '{"town":"Rome"}' }],
};
const TRACES: Json[] = [
  {
    id: 'q1',
    group: 'g',
    prompt: 'Where?',
    reference: 'Rome',
    check: 'exact',
    attempts: { small: answered, large: answered },
  },
  {
    id: 'q2',
    group: 'g',
    split: 'fit',
    cluster: 'c',
    messages: [{ role: 'user', content: [{ type: 'text', text: 'Where?' }] }],
    tools: [
      { type: 'function', function: { name: 'find', parameters: { type: 'object', required: ['town'] } } },
    ],
    responseFormat: { type: 'json_schema', json_schema: { schema: { type: 'object' } } },
    toolChoice: 'required',
    parallelToolCalls: false,
    maxTokens: 9,
    request: { features: { promptTokens: 3 }, inputTokens: 3, u: 0.5 },
    attempts: { small: { ...answered, vetoes: ['empty'] }, large: answered },
  },
];
const REFERENCES: Json[] = [
  { question: 'Where?', check: 'exact', reference: 'Rome' },
  { question: 'How many?', check: 'number', reference: '1,000.5', route: 'auto' },
  { id: 'chatcmpl-01a22e88-3e75-71e3-bd32-01bad3540f65', check: 'json', reference: '{"a":[1,2]}' },
];

const linesOf = (good: Json[]): fc.Arbitrary<Input> =>
  fc
    .tuple(
      fc.array(spliced(edited(fc.constantFrom(...good), 4).map((value) => JSON.stringify(value))), {
        maxLength: 5,
      }),
      fc.constantFrom('\n', '\n', '\n', '\r\n', '\n\n', '\r'),
    )
    .map(([lines, end]) => ({ text: lines.join(end) }));

const policy: Policy = {
  route: 'auto',
  tiers: policyTiers([{ name: 'small' }, { name: 'large' }]),
  rule: { kind: 'thresholds', thresholds: [0.8], withoutConfidence: 'escalate' },
  onAbstain: 'serve',
  data: {},
  certified: false,
};

/** Files of recorded questions: read, rescored, replayed, made a table, and indexed for the demonstration. */
export const traces: FuzzTarget<Input> = {
  name: 'traces',
  inputs: linesOf(TRACES),
  open() {
    const folder = mkdtempSync(join(tmpdir(), 'weir-fuzz-'));
    const file = join(folder, 'traces.jsonl');
    return Promise.resolve({
      async run({ text }: Input) {
        writeFileSync(file, text);
        const { traces: read, bad } = await readTraces(file);
        const lines = text.split('\n').length;
        for (const { line, message } of bad) {
          assert.ok(line >= 1 && line <= lines, `${line}`);
          assert.ok(message !== '');
        }
        const { traces: scored } = rescoreAll(read);
        const vetoesOf = await checkRecorded(scored);
        const report = replay(policy, scored, vetoesOf);
        assert.ok(report.leftOut >= 0 && report.leftOut <= scored.length);
        createLadderTable(scored, policy.tiers, { vetoesOf, prices: [1, 2] });
        await indexed(file);
      },
      close: () => Promise.resolve(rmSync(folder, { recursive: true })),
    });
  },
};

/** Opening may be refused in a sentence, and so may a trace when it is taken. */
async function indexed(file: string): Promise<void> {
  try {
    const questions = await indexTraceFile(file);
    questions.nearest('where is it', 3);
    for (const _ of questions.traces(() => true));
  } catch (error) {
    assert.ok(
      error instanceof TraceFileError || (error instanceof Error && error.message.startsWith(file)),
      String(error),
    );
  }
}

/** Files of right answers. */
export const references: FuzzTarget<Input> = {
  name: 'references',
  inputs: linesOf(REFERENCES),
  async open() {
    const store = await openStore('sqlite::memory:');
    return {
      async run({ text }) {
        const lines = text.split('\n');
        const { references: read, bad } = parseReferences(lines, {
          route: 'auto',
          routes: ['auto'],
        });
        const imported = await importReferences(store, read, { now: Date.now });
        for (const { line, message } of [...bad, ...imported.bad]) {
          assert.ok(line >= 1 && line <= lines.length, `${line}`);
          assert.ok(message !== '' && message.length < 2_000, message);
        }
      },
      close: () => store.close(),
    };
  },
};
