import { z } from 'zod';
import { DEFAULT_DIALECT, DIALECTS } from '../../upstream/dialects.ts';
import { durationSchema } from './duration.ts';
import { secretSchema } from './secret-schema.ts';

/** Set by the gateway itself for every call: a fixed value would break the connection. */
const OWN_HEADERS: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'content-type',
  'host',
  'transfer-encoding',
  'accept-encoding',
]);

const headerNameSchema = z
  .string()
  .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, 'this is no header name')
  .refine(
    (name) => !OWN_HEADERS.has(name.toLowerCase()),
    'the gateway sets this header itself; leave it out',
  );

const baseUrlSchema = z.string().transform((text, context) => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const problem =
    url === undefined || !/^https?:$/.test(url.protocol)
      ? "it must be a URL that begins with http:// or https://, such as 'http://127.0.0.1:11434/v1'"
      : url.username !== '' || url.password !== ''
        ? 'credentials do not belong in a URL; put them in `apiKey` or `headers`'
        : url.search !== '' || url.hash !== ''
          ? 'it must end with its path: paths of the API are appended to it; send what is needed in `headers`'
          : /\/chat\/completions\/*$/.test(url.pathname)
            ? "'/chat/completions' is appended to it; leave that out"
            : undefined;
  if (problem === undefined) return text.replace(/\/+$/, '');
  context.addIssue({ code: 'custom', message: problem });
  return z.NEVER;
});

const timeoutsSchema = z.strictObject({
  connect: durationSchema().prefault('5s').describe('Until the connection stands, TLS included.'),
  firstByte: durationSchema()
    .prefault('2m')
    .describe(
      'From the request to the first byte of the answer; a local server may have to load the model first.',
    ),
  idle: durationSchema().prefault('1m').describe('Between two pieces of an answer.'),
  total: durationSchema().prefault('10m').describe('For one call of a model, retries not counted.'),
});

const dialectNames = DIALECTS.map(({ name }) => name);

/** A server of models. */
export const upstreamSchema = z.strictObject({
  baseUrl: baseUrlSchema.describe(
    'Where the API begins, usually ending in `/v1`; `/chat/completions` is appended.',
  ),
  apiKey: z
    .exactOptional(secretSchema)
    .describe(
      'Sent as `Authorization: Bearer`: `${VARIABLE}`, or `file:/path`. The client’s own key is never sent on.',
    ),
  headers: z
    .record(headerNameSchema, secretSchema)
    .default({})
    .describe('Sent with every call, never shown: for servers that take their key in a header of their own.'),
  location: z
    .enum(['on-premises', 'cloud'])
    .describe('Whether what is sent there stays in the house. It has no default: nobody should guess it.'),
  dialect: z.enum(dialectNames).default(DEFAULT_DIALECT).describe('What the server speaks.'),
  maxConcurrent: z
    .int()
    .min(1)
    .max(100_000)
    .default(32)
    .describe('Calls at the same time; further ones wait.'),
  maxQueue: z
    .int()
    .min(0)
    .max(100_000)
    .default(64)
    .describe('Calls that wait; with more than these it is full.'),
  queueTimeout: durationSchema()
    .prefault('10s')
    .describe('The longest wait in the queue; then it counts as full.'),
  timeouts: timeoutsSchema.prefault({}).describe('How long each stage of a call may take.'),
  retries: z
    .int()
    .min(0)
    .max(10)
    .default(2)
    .describe(
      'Further tries of a call that failed, only where repeating is safe; within a second where a later tier can be asked instead.',
    ),
  failureAllowancePerHour: z
    .int()
    .min(0)
    .default(100)
    .describe(
      'Requests an hour that may go to a later tier because this upstream failed or was full; then it is a 503.',
    ),
});
