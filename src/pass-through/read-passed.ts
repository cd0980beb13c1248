import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { WeirError } from '../errors.ts';
import { foldedName, parseBody } from '../protocol/common/parse-body.ts';
import type { AskedTier } from '../upstream/asked-tier.ts';
import type { PassedRequest } from '../upstream/upstream.ts';
import { headerOf, type Incoming } from '../wire/http-message.ts';
import { openAsRead } from '../wire/repeated-keys.ts';
import type { PassedEndpoint } from './endpoints.ts';
import { boundaryOf, readForm } from './read-form.ts';

/** A request that is passed through, as far as the gateway reads it. */
export interface ReadPassed {
  model: string;
  /** A stream was asked for. */
  stream: boolean;
  /** What it says, so that no error of a server repeats it. */
  content: object;
  /** The request for one model: its name in the place of the client's. */
  writtenFor(tier: AskedTier): WrittenPassed;
}

export interface WrittenPassed extends Pick<PassedRequest, 'contentType'> {
  body: string;
  bytes?: Uint8Array;
  /** Parameters of the client that this model does not take. */
  dropped: readonly string[];
}

/** @throws {WeirError} where the request is none of this endpoint's. */
export async function readPassed(endpoint: PassedEndpoint, incoming: Incoming): Promise<ReadPassed> {
  return endpoint.body === 'json' ? readJson(incoming) : readFormBody(incoming);
}

const passedSchema = z.looseObject({ model: z.string().min(1), stream: z.boolean().nullish() });

async function readJson(incoming: Incoming): Promise<ReadPassed> {
  const text = await incoming.text();
  const content = parseBody(passedSchema, text);
  return {
    model: content.model,
    stream: content.stream === true,
    content,
    writtenFor({ model, dropParams, params }) {
      const edit = openAsRead(text, content);
      edit.set('model', JSON.stringify(model));
      for (const name of dropParams) edit.delete(name);
      for (const [name, value] of params) edit.set(name, value);
      const dropped = dropParams.filter((name) => content[name] !== undefined);
      return { contentType: 'application/json', body: edit.toString(), dropped };
    },
  };
}

async function readFormBody(incoming: Incoming): Promise<ReadPassed> {
  const form = readForm(await incoming.bytes(), boundaryOf(headerOf(incoming.headers, 'content-type') ?? ''));
  const { fields, names } = form;
  const model = fields.get('model') ?? '';
  if (model === '')
    throw new WeirError('invalid_request', "The form needs a field 'model' with a name.", { param: 'model' });
  const other = names.find((name) => name !== 'model' && /^model(?:[.[]|$)/.test(foldedName(name)));
  if (other !== undefined)
    throw new WeirError(
      'invalid_request',
      `The form has the field '${other}' beside 'model': servers may take either. Leave it out.`,
      { param: 'model' },
    );
  const boundary = `weir-${randomUUID()}`;
  return {
    model,
    stream: fields.get('stream') === 'true',
    content: { texts: form.texts },
    writtenFor: (tier) => ({
      contentType: `multipart/form-data; boundary="${boundary}"`,
      body: '',
      bytes: form.written('model', tier.model, boundary),
      dropped: [],
    }),
  };
}
