import { setFlagsFromString } from 'node:v8';
import { Script } from 'node:vm';
import { createExpressions } from './expressions.ts';
import { JudgingStopped } from '../judgement.ts';
import { READY, type SchemaAnswer, type SchemaQuestion } from './messages.ts';
import { readSchema } from '../read-schema.ts';
import { judgeUntil } from '../run.ts';
import type { SchemaNode } from '../schema-node.ts';

/**
 * The process behind `createJudgingChild`: reads schemas, judges values, and knows nothing else. It is killed where it is late, so
 * that a file like this may run what cannot be bounded.
 */

// After many steps back the engine goes on with a search in linear time; most patterns that would take for ever then do not.
setFlagsFromString('--enable-experimental-regexp-engine-on-excessive-backtracks');
setFlagsFromString('--enable-experimental-regexp-engine');

interface KeptSchema {
  node: SchemaNode;
  /** It has a pattern that only a watchdog can stop. */
  isUnbounded: boolean;
}

/** The parent kills it at the deadline; stopping before that is cheaper. */
const budgetMs = 0.8 * Number(process.argv[2]);
const schemas = new Map<number, KeptSchema | JudgingStopped>();

/** The watchdog stops regular expressions too, and even where the gateway is gone that would kill this process. */
const script = new Script('judgeSchemaValue()');
let pending = (): boolean => false;
Reflect.set(globalThis, 'judgeSchemaValue', () => pending());

function readText(text: string): KeptSchema | JudgingStopped {
  let isUnbounded = false;
  const expressions = createExpressions(() => {
    isUnbounded = true;
  });
  try {
    return { node: readSchema(JSON.parse(text), expressions).root, isUnbounded };
  } catch (error) {
    return stoppedBy(error);
  }
}

function judgeValue({ node, isUnbounded }: KeptSchema, text: string): boolean {
  const value: unknown = JSON.parse(text);
  const judge = () => judgeUntil(node, value, performance.now() + budgetMs, () => performance.now());
  if (!isUnbounded) return judge();
  pending = judge;
  return Boolean(script.runInThisContext({ timeout: Math.ceil(budgetMs) }));
}

function answer({ id, schema, value }: SchemaQuestion): SchemaAnswer {
  if (schema !== undefined) schemas.set(id, readText(schema));
  const read = schemas.get(id);
  if (read === undefined) return 'unavailable';
  if (read instanceof JudgingStopped) return reasonOf(read);
  try {
    return judgeValue(read, value) ? 'fits' : 'does_not_fit';
  } catch (error) {
    return reasonOf(stoppedBy(error));
  }
}

function reasonOf({ reason }: JudgingStopped): SchemaAnswer {
  // Nothing is outside of what is judged here.
  return reason === 'outside' ? 'unavailable' : reason;
}

function stoppedBy(error: unknown): JudgingStopped {
  if (error instanceof JudgingStopped) return error;
  if (error instanceof Error && 'code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') {
    return new JudgingStopped('late');
  }
  // The engine says only when it searches that an expression is too large, and its stack may be smaller than the limits allow.
  return new JudgingStopped(error instanceof RangeError ? 'too_large' : 'invalid_schema');
}

process.on('message', (question: SchemaQuestion) => {
  process.send?.(answer(question));
  for (const id of question.drop ?? []) schemas.delete(id);
});
// The signals that end a gateway often reach all its processes, and it still answers requests for a while.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});
process.on('disconnect', () => process.exit());
process.send?.(READY);
