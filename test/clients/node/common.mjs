// @ts-nocheck The packages are installed elsewhere, so there are no types of them here.
/** What the scripts of this folder share: where the packages are, the question, and how outcomes are printed. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [folder, given, ...models] = process.argv.slice(2);
const require = createRequire(join(folder, 'package.json'));

export const origin = given;
export const openaiUrl = `${given}/v1`;
export const KEY = 'none';
export const parameters = {
  type: 'object',
  properties: { town: { type: 'string' } },
  required: ['town'],
  additionalProperties: false,
};

/** A package of the folder that was given. */
export const load = async (name) => import(pathToFileURL(require.resolve(name)).href);

export const weather = ({ town }) => `Sunny in ${town}`;

/** The status that the client's own error holds. */
export async function statusOf(call) {
  try {
    await call();
    return 'no error';
  } catch (error) {
    for (let seen = error; seen != null; seen = seen.cause ?? seen.lastError) {
      const status = seen.status ?? seen.statusCode;
      if (typeof status === 'number') return status;
    }
    return String(error).slice(0, 500);
  }
}

/** Whether the client tells that a stream broke off. */
export async function raisedBy(call) {
  try {
    return `no error, but ${JSON.stringify(await call())}`;
  } catch {
    return 'an error';
  }
}

/** Runs each API's attempts on each model; an attempt takes the model's name. */
export async function report(apis) {
  const seen = {};
  for (const [api, attempts] of Object.entries(apis)) {
    seen[api] = {};
    for (const model of models) {
      const outcomes = (seen[api][model] = {});
      for (const [name, attempt] of Object.entries(attempts))
        outcomes[name] = await attempt(model).catch((error) => String(error?.stack ?? error).slice(0, 900));
    }
  }
  console.log(JSON.stringify(seen));
  // Some clients leave connections or timers behind.
  process.exit(0);
}
