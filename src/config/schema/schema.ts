import { z } from 'zod';
import { chooseEngine } from '../../store/engines.ts';
import { durationSchema } from './duration.ts';
import { learningSchema } from './learning-schema.ts';
import { listenSchema } from './listen.ts';
import { modelSchema } from './model-schema.ts';
import { nameSchema } from './names.ts';
import { routeSchema } from './route-schema.ts';
import { upstreamSchema } from './upstream-schema.ts';

const storeSchema = z.string().superRefine((url, context) => {
  const choice = chooseEngine(url);
  if ('problem' in choice) context.addIssue({ code: 'custom', message: choice.problem });
});

const originSchema = z
  .string()
  .refine(
    (text) => URL.canParse(text) && new URL(text).origin === text && /^https?:/.test(text),
    "it must be an origin in full, such as 'https://app.example.com', without a path; `*` is not allowed",
  );

const retentionSchema = z.strictObject({
  texts: z
    .boolean()
    .default(false)
    .describe('Store the prompts and the answers themselves, not only the figures about them.'),
});

const limitsSchema = z.strictObject({
  bodyBytes: z
    .int()
    .min(1_024)
    .max(1_073_741_824)
    .default(10_485_760)
    .describe('The largest request body; more is a 413.'),
  receiveTimeout: durationSchema()
    .prefault('30s')
    .describe('For headers and body of a request to arrive; a slower client is disconnected.'),
  requestTimeout: durationSchema().prefault('10m').describe('For a request as a whole, all tiers together.'),
});

const corsSchema = z.strictObject({
  origins: z
    .array(originSchema)
    .default([])
    .describe('Web pages that may call the gateway from a browser. Empty: CORS is off.'),
});

const recorderSchema = z
  .strictObject({
    capacity: z
      .int()
      .min(1)
      .default(10_000)
      .describe('Requests that wait to be written; further ones are dropped and counted.'),
    batchSize: z.int().min(1).default(256).describe('Requests written in one transaction.'),
    interval: durationSchema()
      .prefault('250ms')
      .describe('The longest that a request waits to be written: what a crash may lose.'),
  })
  .refine(({ batchSize, capacity }) => batchSize <= capacity, {
    message: 'a batch cannot be larger than the capacity',
    path: ['batchSize'],
  });

const logSchema = z.strictObject({
  level: z
    .enum(['debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .describe('The least severe entries that are written.'),
});

/** The one definition of `weir.yaml`: every key, its default and its meaning. */
export const configSchema = z.strictObject({
  listen: listenSchema
    .prefault('127.0.0.1:8787')
    .describe('Address and port. Without API keys it must be loopback.'),
  store: storeSchema
    .prefault('sqlite:./weir.db')
    .describe('Where the record of decisions is kept: `sqlite:` and a path, relative to this file.'),
  drainTimeout: durationSchema({ atLeastMs: 0 })
    .prefault('30s')
    .describe('On SIGTERM: how long requests under way may go on before they are cut.'),
  upstreams: z.record(nameSchema, upstreamSchema).describe('The servers, by names of your own.'),
  models: z.record(nameSchema, modelSchema).describe('The models, by names of your own.'),
  routes: z
    .record(nameSchema, routeSchema)
    .default({})
    .describe('The ladders, by the names that clients ask for.'),
  learning: z
    .exactOptional(learningSchema)
    .describe('What is learned from traffic. Without it nothing is, and nothing is spent on it.'),
  retention: retentionSchema.prefault({}).describe('What is kept of a request.'),
  limits: limitsSchema.prefault({}).describe('What one request may take.'),
  cors: corsSchema.prefault({}).describe('Calls from web pages.'),
  recorder: recorderSchema
    .prefault({})
    .describe('How decisions reach the store, off the path of the request.'),
  log: logSchema.prefault({}).describe('The log.'),
});

/** The configuration as the program uses it: durations in milliseconds, credentials wrapped, defaults filled in. */
export type Config = z.output<typeof configSchema>;
/** The configuration as it is written in the file. */
export type ConfigInput = z.input<typeof configSchema>;
export type UpstreamConfig = Config['upstreams'][string];
export type ModelConfig = Config['models'][string];
export type RouteConfig = Config['routes'][string];
