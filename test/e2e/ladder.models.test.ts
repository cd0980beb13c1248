import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, test } from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { startGateway, type GatewayProcess } from './gateway-process.ts';
import { missing, startModel, type ModelServer } from './real-models.ts';

type MessageAsked = Anthropic.Messages.MessageCreateParamsNonStreaming;

interface Question {
  group: string;
  system: string;
  prompt: string;
}

/** Forty questions spread over the demonstration's short ones. */
function fortyQuestions(): Question[] {
  const lines = readFileSync(join(import.meta.dirname, '../../demo/questions.jsonl'), 'utf8')
    .trim()
    .split('\n');
  const short = lines
    .map((line) => JSON.parse(line) as Question)
    .filter((question) => question.group !== 'reasoning');
  return Array.from({ length: 40 }, (_, index) => short[Math.floor((index * short.length) / 40)]).filter(
    (question) => question !== undefined,
  );
}

describe('a ladder of two real models behind llama.cpp', { skip: missing('small', 'medium') }, () => {
  let servers: ModelServer[] = [];
  let gateway: GatewayProcess;
  let client: OpenAI;

  before(async () => {
    servers = await Promise.all([startModel('small'), startModel('medium')]);
    gateway = await startGateway(`upstreams:
  # On a busy machine a whole answer takes longer than a server with a successor is given.
  a: { baseUrl: "${servers[0]?.baseUrl}", location: on-premises, timeouts: { firstByteOrNext: 2m } }
  b: { baseUrl: "${servers[1]?.baseUrl}", location: on-premises }
models:
  small: { upstream: a, model: small, price: { input: 0.0135, output: 0.0135 } }
  medium: { upstream: b, model: medium, price: { input: 0.0494, output: 0.0494 } }
routes:
  auto: { serves: ["gpt-4o"], tiers: [small, medium], objective: { thresholds: [0.5] } }
`);
    client = new OpenAI({ baseURL: `${gateway.origin}/v1`, apiKey: 'none', maxRetries: 0 });
  });
  after(async () => {
    await gateway?.stop();
    for (const server of servers) server.process.kill();
  });

  test('a question through any protocol, whole or streamed, gets the same answer and the same decision', async () => {
    const anthropic = new Anthropic({ baseURL: gateway.origin, apiKey: 'none', maxRetries: 0 });
    for (const { system, prompt } of fortyQuestions().filter((_, index) => index % 20 === 0)) {
      const messages = [
        { role: 'system' as const, content: system },
        { role: 'user' as const, content: prompt },
      ];
      const chat = await client.chat.completions
        .create({ model: 'gpt-4o', max_tokens: 32, temperature: 0, messages })
        .withResponse();
      const asked = { model: 'gpt-4o', max_output_tokens: 32, temperature: 0, input: messages };
      const whole = await client.responses.create(asked).withResponse();
      const streamed = await client.responses.stream(asked).finalResponse();
      const message = {
        model: 'gpt-4o',
        max_tokens: 32,
        temperature: 0,
        system,
        messages: messages.slice(1),
      };
      const said = await anthropic.messages.create(message as MessageAsked).withResponse();
      const saidLive = await anthropic.messages.stream(message).finalMessage();
      const text = chat.data.choices[0]?.message.content ?? '';
      const textOf = ({ content }: { content: { type: string; text?: string }[] }): string =>
        content.map((block) => block.text ?? '').join('');
      assert.ok(text !== '');
      assert.deepEqual(
        [whole.data.output_text, streamed.output_text, textOf(said.data), textOf(saidLive)],
        [text, text, text, text],
      );
      for (const name of ['decision', 'tier', 'confidence', 'cost-usd'])
        assert.deepEqual(
          [whole, said].map(({ response }) => response.headers.get(`x-weir-${name}`)),
          [chat, chat].map(({ response }) => response.headers.get(`x-weir-${name}`)),
          `${name} of ${prompt}`,
        );
    }
  });

  test('some answers are accepted and some escalated, and headers, decisions and database agree', async () => {
    const seen: {
      id: string;
      decision: string;
      tier: string;
      confidence: string | null;
      cost: string | null;
    }[] = [];
    for (const { system, prompt } of fortyQuestions()) {
      const { data, response } = await client.chat.completions
        .create({
          model: 'gpt-4o',
          max_tokens: 32,
          temperature: 0,
          messages: [
            { role: 'system', content: system },
            { role: 'user', content: prompt },
          ],
        })
        .withResponse();
      assert.equal(
        data.choices[0]?.logprobs ?? undefined,
        undefined,
        'log-probabilities nobody asked for are taken out',
      );
      const header = (name: string): string => response.headers.get(`x-weir-${name}`) ?? '';
      assert.equal(header('id'), data.id);
      assert.equal(header('certified'), 'no');
      seen.push({
        id: data.id,
        decision: header('decision'),
        tier: header('tier'),
        confidence: response.headers.get('x-weir-confidence'),
        cost: response.headers.get('x-weir-cost-usd'),
      });
      const decision = (await (await fetch(`${gateway.origin}/v1/decisions/${data.id}`)).json()) as {
        decision: string;
        tier: string;
      };
      assert.equal(decision.decision, header('decision'));
      assert.equal(decision.tier, header('tier'));
    }
    const decisions = seen.map((one) => one.decision);
    assert.ok(decisions.includes('accepted'), decisions.join());
    assert.ok(decisions.includes('escalated'), decisions.join());
    assert.equal(await gateway.stop(), 0);

    const database = new DatabaseSync(join(gateway.folder, 'weir.db'), { readOnly: true });
    for (const one of seen) {
      const id = one.id.replace('chatcmpl-', '');
      const row = database.prepare('select * from outcome where id = ?').get(id);
      assert.ok(row !== undefined, `${id} is recorded`);
      assert.equal(row['decision'], one.decision);
      assert.equal(row['tier'], one.tier);
      if (one.cost !== null)
        assert.ok(Math.abs(Number(row['cost_nano_usd']) / 1e9 - Number(one.cost)) < 1e-9);
      const attempts = database.prepare('select tier, served from attempt where outcome_id = ?').all(id);
      assert.equal(attempts.length, one.decision === 'accepted' ? 1 : 2);
      assert.deepEqual(
        attempts.filter((attempt) => attempt['served'] === 1).map((attempt) => attempt['tier']),
        [one.tier],
      );
    }
    database.close();
    gateway = await startGateway(
      readFileSync(join(gateway.folder, 'weir.yaml'), 'utf8').split('\n').slice(2).join('\n'),
    );
    client = new OpenAI({ baseURL: `${gateway.origin}/v1`, apiKey: 'none', maxRetries: 0 });
  });

  test('an answer to a JSON schema is that, or is escalated', async () => {
    const schema = {
      type: 'object',
      properties: { city: { type: 'string' } },
      required: ['city'],
      additionalProperties: false,
    };
    const { data, response } = await client.chat.completions
      .create({
        model: 'auto',
        max_tokens: 40,
        temperature: 0,
        messages: [{ role: 'user', content: 'Which city is the capital of France?' }],
        response_format: { type: 'json_schema', json_schema: { name: 'city', strict: true, schema } },
      })
      .withResponse();
    const answer = JSON.parse(data.choices[0]?.message.content ?? '') as { city: unknown };
    assert.equal(typeof answer.city, 'string');
    assert.match(response.headers.get('x-weir-decision') ?? '', /accepted|escalated/);
  });

  test('a stream is well formed and says the decision', async () => {
    const { data: stream, response } = await client.chat.completions
      .create({
        model: 'auto',
        stream: true,
        max_tokens: 24,
        temperature: 0,
        messages: [{ role: 'user', content: 'What is 2 + 2? Answer with the number only.' }],
      })
      .withResponse();
    let text = '';
    let finish: string | null = null;
    const ids = new Set<string>();
    for await (const chunk of stream) {
      ids.add(chunk.id);
      text += chunk.choices[0]?.delta.content ?? '';
      finish = chunk.choices[0]?.finish_reason ?? finish;
      assert.equal(chunk.choices[0]?.logprobs ?? undefined, undefined);
      assert.notEqual(chunk.choices.length, 0, 'usage nobody asked for is taken out');
    }
    assert.notEqual(text, '');
    assert.notEqual(finish, null);
    assert.deepEqual([...ids], [response.headers.get('x-weir-id')]);
  });
});
