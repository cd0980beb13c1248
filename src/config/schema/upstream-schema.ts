import { z } from 'zod';
import { DEFAULT_DIALECT, DIALECTS } from '../../upstream/dialects.ts';
import { NO_PROXY } from '../../upstream/transport/connections.ts';
import { durationSchema } from './duration.ts';
import { PRESETS } from '../presets.ts';
import { headerSecretSchema, secretSchema } from './secret-schema.ts';

/** The gateway sets these for every call; a fixed value would break the connection. */
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
  .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, 'this is not a valid header name')
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
        ? 'a URL must not contain credentials; put them in `apiKey` or `headers`'
        : url.search !== '' || url.hash !== ''
          ? 'it must not have a query or a fragment, because the paths of the API are appended to it'
          : /\/chat\/completions\/*$/.test(url.pathname)
            ? "it must not end in '/chat/completions', which is appended to it"
            : undefined;
  if (problem === undefined) return text.replace(/\/+$/, '');
  context.addIssue({ code: 'custom', message: problem });
  return z.NEVER;
});

const timeoutsSchema = z.strictObject({
  connect: durationSchema().prefault('5s').describe('Time to connect, including TLS.'),
  firstByte: durationSchema()
    .prefault('2m')
    .describe(
      'Time from the request to the first byte of the answer. A local server may have to load the model first.',
    ),
  firstByteOrNext: durationSchema()
    .prefault('20s')
    .describe(
      'The same if a later tier can answer instead. An answer that is not streamed comes as a whole: set it longer where that takes longer.',
    ),
  idle: durationSchema().prefault('1m').describe('Longest pause between two pieces of an answer.'),
  total: durationSchema().prefault('10m').describe('Time for one call to a model, without retries.'),
});

const proxySchema = secretSchema.superRefine((secret, context) => {
  const text = secret.reveal();
  if (text === NO_PROXY || (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol))) return;
  context.addIssue({
    code: 'custom',
    message: `it must be the URL of a proxy, such as 'http://proxy.example:3128', or '${NO_PROXY}'`,
  });
});

const dialectNames = DIALECTS.map(({ name }) => name);

/** A server of models. */
export const upstreamSchema = z.strictObject({
  preset: z
    .exactOptional(z.enum(PRESETS.map(({ name }) => name)))
    .describe(
      'A known provider: its address, location and dialect, what its models can, and the variable of the environment that holds its key, where the file does not say otherwise.',
    ),
  baseUrl: baseUrlSchema.describe(
    'Base URL of the API, usually ending in `/v1`; the dialect’s paths are appended, such as `/chat/completions`.',
  ),
  apiKey: z
    .exactOptional(headerSecretSchema)
    .describe(
      'Sent as the dialect sends keys, such as `Authorization: Bearer`: `${VARIABLE}` or `file:/path`. The client’s own key is never passed on.',
    ),
  headers: z
    .record(headerNameSchema, headerSecretSchema)
    .default({})
    .describe(
      'Headers to send with every call, for servers that take their key in another header. Never shown.',
    ),
  location: z
    .enum(['on-premises', 'cloud'])
    .describe(
      'Whether data sent there stays on your premises. It has no default, because a guess could leak data.',
    ),
  dialect: z.enum(dialectNames).default(DEFAULT_DIALECT).describe('API that the server speaks.'),
  apiVersion: z
    .exactOptional(z.string().regex(/^[\w.-]+$/, 'it must be a version, such as 2024-10-21'))
    .describe(
      'Version of Azure’s API, with `dialect: azure-openai`: calls then go to `/openai/deployments/MODEL`. Without it, to `/openai/v1`, which has no versions.',
    ),
  proxy: z
    .exactOptional(proxySchema)
    .describe(
      'Proxy through which the server is reached: its URL, which may carry credentials and is never shown, or `none`. Without it, `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` in the environment decide, and this machine is reached directly.',
    ),
  ca: z
    .exactOptional(z.string().regex(/-----BEGIN CERTIFICATE-----/, 'there is no certificate in PEM in it'))
    .describe(
      'Path of a file with certificates in PEM, relative to the configuration: authorities that are trusted for this server beside the usual ones.',
    ),
  maxConcurrent: z
    .int()
    .min(1)
    .max(100_000)
    .default(32)
    .describe('Number of calls at the same time. More calls wait.'),
  maxQueue: z
    .int()
    .min(0)
    .max(100_000)
    .default(64)
    .describe('Number of calls that may wait. With more, the upstream counts as full.'),
  queueTimeout: durationSchema()
    .prefault('10s')
    .describe('Longest time that a call waits. After that, the upstream counts as full.'),
  timeouts: timeoutsSchema.prefault({}).describe('How long each stage of a call may take.'),
  retries: z
    .int()
    .min(0)
    .max(10)
    .default(2)
    .describe(
      'How often to repeat a failed call, if repeating it is safe. If a later tier can answer instead, repeats end after a second.',
    ),
  failureAllowancePerHour: z
    .exactOptional(z.int().min(0))
    .describe(
      'Deprecated, and gone in the next release: requests per hour that may go to a later tier because this upstream failed or was full. Use `routes.*.onTierFailure.maxExtraUsdPerHour`.',
    ),
});
