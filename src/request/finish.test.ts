import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { promptOf } from './finish.ts';

test("a prompt is the messages' own text, and keeps no longer body in memory", () => {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  const messages = `[ {"role":"user","content":"${'word '.repeat(20)}"} ]`;
  const body = (): string =>
    Buffer.from(`{"model":"m","messages":${messages},"pad":"${'x'.repeat(4_000_000)}"}`).toString();
  const held = (): number => {
    gc();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  const before = held();
  const prompts = Array.from({ length: 20 }, () => promptOf(body()));
  assert.ok(held() - before < 20_000_000);
  assert.ok(prompts.every((prompt) => prompt === messages));
});
