/** Paths of OpenAI's and Anthropic's APIs that clients ask for and the gateway does not serve. */
const NOT_SERVED =
  /^\/v1\/(?:responses|messages|images|audio|files|uploads|batches|assistants|threads|fine_tuning|vector_stores|realtime|videos|conversations|evals|containers)(?:\/|$)/;

/** The path that was probably meant: without doubled and trailing slashes, in lower case, under one `/v1`. */
function asMeant(path: string): string {
  const tidy = path
    .toLowerCase()
    .replaceAll(/\/{2,}/g, '/')
    .replace(/\/$/, '');
  return tidy.replace(/^(?:\/v1)*/, '/v1');
}

const baseUrlOf = (path: string): string =>
  path.startsWith('/v1/messages')
    ? "The base URL of a client of Anthropic's API has no path."
    : "A client's base URL ends in /v1, without a slash.";

/** The message about an unknown path; it names the path that was probably meant. */
export function unknownPath(method: string, path: string, known: readonly string[]): string {
  const shown = path.length > 200 ? `${path.slice(0, 200)}…` : path;
  const meant = asMeant(path);
  if (meant !== path && known.includes(meant))
    return `There is no ${method} ${shown}; did you mean ${meant}? ${baseUrlOf(meant)}`;
  const not = `There is no ${method} ${shown}`;
  if (NOT_SERVED.test(meant))
    return `${not}: Weir does not serve this part of the API, only what works with models: chats (/v1/chat/completions), embeddings and their like. Send this request to the model server itself.`;
  return `${not}; the API begins at /v1, as in /v1/chat/completions.`;
}
