import { z } from 'zod';
import { VETOES } from '../routing/attempt.ts';
import { checks } from './check.ts';

/** The signals of an answer by name. A missing signal is absent, never 0. */
const signalsSchema = z.record(z.string(), z.number());

/** One token: text, log-probability, and the most likely alternatives with theirs (the chosen one included). */
const tokenSchema = z.looseObject({
  t: z.string(),
  lp: z.number(),
  top: z.array(z.tuple([z.string(), z.number()])).optional(),
});

const toolCallSchema = z.looseObject({ name: z.string(), arguments: z.string() });

/** Whose answer it is and how it was got: a certificate is about such answers alone. What is not known is absent. */
const traceSourceSchema = z.looseObject({
  /** The name by which the model was asked for. */
  model: z.string().optional(),
  /** What the operator calls the model, else the server's address. */
  identity: z.string().optional(),
  /** A hash of the server's prompt template. */
  template: z.string().optional(),
  /** As the server tells it, such as `Q4_K_M`. */
  quantization: z.string().optional(),
  /** A hash of what the server tells of the weights. */
  weights: z.string().optional(),
  /** A hash of the names of the checks that the answer was put to. */
  checks: z.string().optional(),
  /** Whether the answer was asked for as a stream. */
  streamed: z.boolean().optional(),
  /** The numbers that chose among the answers, such as `temperature`; empty where the server's defaults did. */
  sampling: z.record(z.string(), z.number()).optional(),
  /** The server's own mark of its build and weights. */
  fingerprint: z.string().optional(),
});

const tokenCount = z.number().int().min(0).optional();
const otherTokensSchema = z.object({
  audioInput: tokenCount,
  audioOutput: tokenCount,
  imageInput: tokenCount,
  imageOutput: tokenCount,
});

export const traceAttemptSchema = z.looseObject({
  source: traceSourceSchema.optional(),
  answer: z.string().optional(),
  score: z.number().min(0).max(1).optional(),
  costUsd: z.number().min(0).optional(),
  inputTokens: tokenCount,
  outputTokens: tokenCount,
  /** Of the output. */
  reasoningTokens: tokenCount,
  /** Of the input: read from the provider's cache, and written there. */
  cachedInputTokens: tokenCount,
  cacheWriteTokens: tokenCount,
  /** Of what was written: what is kept for an hour. */
  cacheWriteHourTokens: tokenCount,
  /** Sounds and pictures, of the input and of the output. */
  otherTokens: otherTokensSchema.optional(),
  latencyMs: z.number().min(0).optional(),
  ttftMs: z.number().min(0).optional(),
  signals: signalsSchema.optional(),
  paidSignals: z
    .record(z.string(), z.looseObject({ value: z.number(), costUsd: z.number().min(0).optional() }))
    .optional(),
  tokens: z.array(tokenSchema).optional(),
  toolCalls: z.array(toolCallSchema).optional(),
  finish: z.string().optional(),
  /** The checks that failed when the answer was recorded; if present, the answer is not checked again. */
  vetoes: z.array(z.enum(VETOES)).optional(),
});

/** What a gateway knew about the request when it decided; present in exported questions, whose texts may be missing. */
const requestSchema = z.looseObject({
  features: signalsSchema,
  inputTokens: z.number().min(0),
  /** The request's coin. */
  u: z.number().min(0).lt(1),
  place: z.number().min(0).optional(),
});

export const traceSchema = z
  .looseObject({
    id: z.string().min(1),
    group: z.string().min(1),
    split: z.string().optional(),
    cluster: z.string().optional(),
    system: z.string().optional(),
    prompt: z.string().optional(),
    messages: z.array(z.looseObject({ role: z.string() })).optional(),
    reference: z.string().optional(),
    check: z.enum(checks).optional(),
    tools: z.array(z.unknown()).optional(),
    responseFormat: z.unknown().optional(),
    /** What the question says of calling its tools, in today's form and the one before it. */
    toolChoice: z.unknown().optional(),
    parallelToolCalls: z.boolean().optional(),
    functions: z.array(z.unknown()).optional(),
    functionCall: z.unknown().optional(),
    maxTokens: z.number().int().positive().optional(),
    request: requestSchema.optional(),
    attempts: z.record(z.string(), traceAttemptSchema).default({}),
  })
  .refine((trace) => trace.prompt === undefined || trace.messages === undefined, {
    message: 'it has both prompt and messages; keep one of them',
  });

/** A recorded question and each model's answer: one line of a trace file. */
export type Trace = z.infer<typeof traceSchema>;
export type TraceAttempt = z.infer<typeof traceAttemptSchema>;
export type TraceSource = z.infer<typeof traceSourceSchema>;
export type TraceToken = z.infer<typeof tokenSchema>;

/** What a question asks of the form of its answer, as a chat request says it; empty where it asks nothing. */
export function traceForm(trace: Trace): Record<string, unknown> {
  const form = {
    tools: trace.tools,
    tool_choice: trace.toolChoice,
    parallel_tool_calls: trace.parallelToolCalls,
    functions: trace.functions,
    function_call: trace.functionCall,
    response_format: trace.responseFormat,
  };
  return Object.fromEntries(Object.entries(form).filter(([, value]) => value !== undefined));
}

/** The question as chat messages, from `messages` or `prompt`; empty if the trace has neither. */
export function traceMessages(trace: Trace): Record<string, unknown>[] {
  const system = trace.system === undefined ? [] : [{ role: 'system', content: trace.system }];
  if (trace.messages !== undefined) return [...system, ...trace.messages];
  return trace.prompt === undefined ? system : [...system, { role: 'user', content: trace.prompt }];
}
