import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseConfig } from '../../../src/config/load/load.ts';
import { createGateway } from '../../../src/gateway/gateway.ts';
import { edited, spliced, type Json } from '../hostile-values.ts';
import type { FuzzTarget } from '../target.ts';

interface Input {
  text: string;
}

const SECRET = 'sk-canary-4f1d9b7e2c6a8d03';

/** Every part of a file, as JSON, which is YAML too. */
const WHOLE: Json = {
  listen: '127.0.0.1:0',
  store: 'sqlite::memory:',
  drainTimeout: '0s',
  upstreams: {
    near: {
      baseUrl: 'http://127.0.0.1:9/v1',
      location: 'on-premises',
      apiKey: '${SECRET}',
      headers: { 'x-key': '${SECRET}' },
      timeouts: { connect: '1s', idle: '2s' },
      maxConcurrent: 4,
      maxQueue: 2,
      queueTimeout: '1s',
      retries: 1,
      failureAllowancePerHour: 5,
    },
    far: { baseUrl: 'https://api.openai.com/v1', location: 'cloud' },
  },
  models: {
    small: {
      upstream: 'near',
      model: 'a',
      price: { input: 0.1, output: 0.2 },
      contextTokens: 100,
      paidSignals: ['pTrue'],
      params: { top_k: 3 },
    },
    medium: {
      upstream: 'near',
      model: 'b',
      logprobs: 'plain',
      dropParams: ['seed'],
      maxTokensField: 'max_tokens',
      price: { input: 1, output: 2 },
    },
    large: { upstream: 'far', model: 'c', logprobs: 'none', price: { input: 3, output: 4 } },
  },
  routes: {
    auto: {
      serves: ['gpt-4*', '*'],
      tiers: ['small', 'medium', 'large'],
      objective: { thresholds: [0.8, 0.9] },
      data: { secret: 'on-premises' },
    },
    tuned: {
      tiers: ['small', 'large'],
      objective: { maxQualityLoss: 0.02, certainty: 0.9 },
      onAbstain: 'error',
      headerWait: '0s',
    },
  },
  learning: { audits: { share: 0.1 }, judge: { model: 'large' } },
  limits: {
    bodyBytes: 4096,
    memoryBytes: 33554432,
    receiveTimeout: '1s',
    writeTimeout: '1s',
    requestTimeout: '1m',
  },
  cors: { origins: ['https://app.example.com'] },
  recorder: { capacity: 10, batchSize: 5, interval: '1s' },
  retention: { texts: true },
  log: { level: 'silent' },
};

const silent = { debug() {}, info() {}, warn() {}, error() {} };

/** `weir.yaml`: read, and where it is usable a gateway is made of it. */
export const configurations: FuzzTarget<Input> = {
  name: 'configurations',
  inputs: spliced(edited(fc.constant(WHOLE), 2).map((value) => JSON.stringify(value, undefined, 1))).map(
    (text) => ({ text }),
  ),
  open: () =>
    Promise.resolve({
      async run({ text }: Input) {
        const environment = { SECRET };
        const loaded = parseConfig(text, { file: 'weir.yaml', folder: '/nowhere', environment });
        assert.ok(!JSON.stringify(loaded).includes(SECRET), 'the key is told');
        if (!loaded.ok) {
          assert.ok(loaded.problems.length > 0);
          for (const { message } of loaded.problems)
            assert.ok(message !== '' && message.length < 5_000, message);
          return;
        }
        // Other stores are files of this machine.
        if (loaded.config.store !== 'sqlite::memory:') return;
        const gateway = await createGateway({ config: loaded.config, environment, log: silent });
        await gateway.reconfigure(loaded.config);
        await gateway.close();
      },
      close: () => Promise.resolve(),
    }),
};
