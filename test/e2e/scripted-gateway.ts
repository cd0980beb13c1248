import assert from 'node:assert/strict';
import { parseConfig } from '../../src/config/load/load.ts';
import type { Config } from '../../src/config/schema/schema.ts';
import { played } from '../../src/upstream/scripted/testing.ts';
import {
  answers,
  refuses,
  type AskedChat,
  type ScriptedStep,
} from '../../src/upstream/scripted/scripted-reply.ts';

/** A scripted model's answer of one token, as sure of it as told; ten tokens are billed each way. */
export function speak(asked: AskedChat, text: string, logprob: number): ReturnType<typeof played> {
  const tokens = [{ text, logprob, top: [[text, logprob]] as [string, number][] }];
  return played(answers({ tokens, usage: { inputTokens: 10, outputTokens: 10 } }), asked);
}

/** An answer over every threshold, one under it, and none. */
export const sure: ScriptedStep = (asked) => speak(asked, 'Rome', -0.01);
export const unsure: ScriptedStep = (asked) => speak(asked, 'Rome?', -2);
export const broken = refuses(500, { message: 'out of memory' });

/** A configuration from its text, with paths relative to the folder. */
export function configIn(folder: string, text: string): Config {
  const loaded = parseConfig(text, { file: 'weir.yaml', folder, environment: {} });
  assert.ok(loaded.ok, JSON.stringify(loaded));
  return loaded.config;
}
