import { z } from 'zod';
import { chooseEngine, storeForms } from '../../store/engines.ts';
import { alarmsSchema } from './alarms-schema.ts';
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
    "it must be a complete origin without a path, such as 'https://app.example.com'; `*` is not allowed",
  );

const retentionSchema = z.strictObject({
  texts: z
    .boolean()
    .default(false)
    .describe('Store the texts of prompts and answers, not only the figures about them.'),
});

const limitsSchema = z.strictObject({
  bodyBytes: z
    .int()
    .min(1_024)
    .max(1_073_741_824)
    .default(10_485_760)
    .describe('Largest request body, in bytes. A larger one gets status 413.'),
  receiveTimeout: durationSchema()
    .prefault('30s')
    .describe('Time for the headers and the body of a request to arrive. A slower client is disconnected.'),
  writeTimeout: durationSchema()
    .prefault('15s')
    .describe('How long a client may take nothing of its answer. Then it is disconnected.'),
  memoryBytes: z
    .int()
    .min(16_777_216)
    .max(1_099_511_627_776)
    .default(268_435_456)
    .describe(
      'What all requests under way and rows of the record may hold in memory together, in bytes. Beyond it, new requests get status 503.',
    ),
  requestTimeout: durationSchema().prefault('10m').describe('Time for a whole request, all tiers together.'),
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
      .describe('Number of requests that may wait to be written. More are dropped and counted.'),
    batchSize: z.int().min(1).default(256).describe('Number of requests written in one transaction.'),
    interval: durationSchema()
      .prefault('250ms')
      .describe('Longest time that a request waits to be written, and so what a crash can lose.'),
  })
  .refine(({ batchSize, capacity }) => batchSize <= capacity, {
    message: 'it must not be larger than `capacity`',
    path: ['batchSize'],
  });

const logSchema = z.strictObject({
  level: z
    .enum(['debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .describe('Severity from which entries are written.'),
});

/** A name and not an address or a pattern: a name that somebody else can point here would let web pages in. */
const hostNameSchema = z
  .string()
  .max(253)
  .regex(
    /^(?=.*[a-z])[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/i,
    'it must be the name of a host without a port, such as host.docker.internal',
  )
  .toLowerCase();

/** The only definition of `weir.yaml`: every key with its default and its meaning. */
export const configSchema = z.strictObject({
  listen: listenSchema
    .prefault('127.0.0.1:8787')
    .describe('Address and port to listen on. Without API keys, the address must be loopback.'),
  hosts: z
    .array(hostNameSchema)
    .default([])
    .describe(
      'Names of this machine under which the gateway answers without API keys, beside localhost: `host.docker.internal`, for one. With API keys any name will do.',
    ),
  store: storeSchema
    .prefault('sqlite:./weir.db')
    .describe(
      `Where decisions are recorded: ${storeForms().replaceAll("'", '`')}. A relative path begins at this file’s folder.`,
    ),
  drainTimeout: durationSchema({ atLeastMs: 0 })
    .prefault('30s')
    .describe('After SIGTERM: how long requests in progress may continue before they are cut off.'),
  upstreams: z.record(nameSchema, upstreamSchema).describe('The model servers, under names of your choice.'),
  models: z.record(nameSchema, modelSchema).describe('The models, under names of your choice.'),
  routes: z
    .record(nameSchema, routeSchema)
    .default({})
    .describe('The ladders of models, by the names that clients ask for.'),
  learning: z
    .exactOptional(learningSchema)
    .describe('Learning from traffic. Without it, Weir learns nothing and spends nothing on learning.'),
  alarms: alarmsSchema.describe('Who is told when something is wrong.'),
  retention: retentionSchema.prefault({}).describe('What is stored of a request.'),
  limits: limitsSchema.prefault({}).describe('Limits on requests.'),
  cors: corsSchema.prefault({}).describe('Calls from web pages.'),
  recorder: recorderSchema
    .prefault({})
    .describe('How decisions are written to the store, without delaying requests.'),
  log: logSchema.prefault({}).describe('The log.'),
});

/** The configuration as the program uses it: with defaults, durations in milliseconds, and wrapped credentials. */
export type Config = z.output<typeof configSchema>;
/** The configuration as the file writes it. */
export type ConfigInput = z.input<typeof configSchema>;
export type UpstreamConfig = Config['upstreams'][string];
export type ModelConfig = Config['models'][string];
export type RouteConfig = Config['routes'][string];
