import assert from 'node:assert/strict';
import fc from 'fast-check';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compareRow } from '../../../src/estimate/compare-row.ts';
import { planQuestions } from '../../../src/estimate/plan-costs.ts';
import { sampleLog } from '../../../src/estimate/reading/sample-log.ts';
import { limited, recordedName } from '../../../src/estimate/recorded-answers.ts';
import { checkRecorded } from '../../../src/gateway/gateway.ts';
import { edited, spliced, type Json } from '../hostile-values.ts';
import type { FuzzTarget } from '../target.ts';

interface Input {
  text: string;
}

const messages: Json = [
  { role: 'system', content: 'Be brief.' },
  { role: 'user', content: [{ type: 'text', text: 'Where?' }] },
];
const tools: Json = [{ type: 'function', function: { name: 'find', parameters: { type: 'object' } } }];
const completion: Json = {
  object: 'chat.completion',
  model: 'big',
  choices: [
    {
      index: 0,
      message: {
        role: 'assistant',
        content: 'Rome',
        tool_calls: [{ id: 'c', type: 'function', function: { name: 'find', arguments: '{"a":1}' } }],
      },
      finish_reason: 'stop',
    },
  ],
  usage: { prompt_tokens: 9, completion_tokens: 1 },
};
const LOGS: Json[] = [
  { request: { model: 'big', messages, tools, max_tokens: 9 }, response: completion, cost_usd: 0.1 },
  { custom_id: 'a', response: { status_code: 200, body: completion }, request: { body: { messages } } },
  { ...completion, messages },
  {
    messages: [
      { role: 'user', content: 'Where?' },
      { role: 'assistant', content: 'Rome' },
    ],
  },
  {
    request_id: 'r',
    call_type: 'acompletion',
    spend: 0.1,
    messages: '{}',
    response: JSON.stringify(completion),
    proxy_server_request: JSON.stringify({ messages }),
  },
  {
    id: 'o',
    traceId: 't',
    type: 'GENERATION',
    input: JSON.stringify({ messages, tools }),
    output: { role: 'assistant', content: 'Rome' },
    usageDetails: { input: 9 },
  },
  { question: 'Where?', answer: 'Rome' },
  {
    id: 'q',
    group: 'g',
    prompt: 'Where?',
    attempts: { small: { answer: 'Rome' }, large: { answer: 'rome', costUsd: 1 } },
  },
];

const record = spliced(edited(fc.constantFrom(...LOGS), 4).map((value) => JSON.stringify(value)));
const records = fc.array(record, { maxLength: 5 });

/** Logs of requests with their answers, of any kind: sampled, planned and compared. */
export const logs: FuzzTarget<Input> = {
  name: 'logs',
  inputs: fc
    .oneof(
      fc.tuple(records, fc.constantFrom('\n', '\r\n', '\n\n', '')).map(([lines, end]) => lines.join(end)),
      records.map((members) => `[${members.join(',')}]`),
      records.map((members) => `{"page":1,\n"data":[${members.join(',\n')}]}`),
    )
    .map((text) => ({ text })),
  open() {
    const folder = mkdtempSync(join(tmpdir(), 'weir-fuzz-'));
    const file = join(folder, 'log.jsonl');
    return Promise.resolve({
      async run({ text }: Input) {
        writeFileSync(file, text);
        const { traces, usable, problems } = await sampleLog(file, { questions: 3, seed: 1 });
        assert.ok(traces.length <= 3 && traces.length <= usable);
        const lines = text.split('\n').length;
        for (const { problem, count, line } of problems) {
          assert.ok(line >= 1 && line <= lines && count >= 1, `${line}`);
          assert.ok(problem !== '' && problem.length < 200, problem);
        }
        const recorded = recordedName(traces, ['small']);
        if (recorded === undefined) return;
        const asked = limited(traces, recorded).map((trace) => ({
          ...trace,
          attempts: { ...trace.attempts, small: { answer: 'Rome', finish: 'stop' } },
        }));
        const plan = planQuestions(asked, recorded, { input: 1, output: 1 });
        assert.ok((plan.expectedNanoUsd ?? NaN) <= (plan.mostNanoUsd ?? NaN));
        const vetoesOf = await checkRecorded(asked);
        for (const trace of asked)
          compareRow(trace, { recorded, small: 'small', vetoesOf: (answer) => vetoesOf(answer) ?? [] });
      },
      close: () => Promise.resolve(rmSync(folder, { recursive: true })),
    });
  },
};
