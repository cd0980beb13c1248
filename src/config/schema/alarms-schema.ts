import { z } from 'zod';
import { headerSecretSchema, secretSchema } from './secret-schema.ts';

const webhookSchema = secretSchema.superRefine((secret, context) => {
  const text = secret.reveal();
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const problem =
    url === undefined || !/^https?:$/.test(url.protocol)
      ? "it must be a URL that begins with http:// or https://, such as 'https://hooks.example.com/weir'"
      : url.username !== '' || url.password !== ''
        ? 'a URL must not contain credentials; put them in `token`'
        : undefined;
  if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
});

const MOST_RECEIVERS = 10;

/** Who is told of alarms. */
export const alarmsSchema = z
  .array(
    z.strictObject({
      webhook: webhookSchema.describe(
        'Address that alarms are sent to (POST): a URL, `${VARIABLE}` or `file:/path`. Never shown.',
      ),
      token: z
        .exactOptional(headerSecretSchema)
        .describe('Sent as `Authorization: Bearer`: `${VARIABLE}` or `file:/path`.'),
      format: z
        .enum(['json', 'slack'])
        .default('json')
        .describe('`json`: every field by its name. `slack`: a text, as Slack and its kind show it.'),
    }),
  )
  .max(MOST_RECEIVERS, `no more than ${MOST_RECEIVERS} are told`)
  .default([]);
