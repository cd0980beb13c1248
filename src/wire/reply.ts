/** What a request is answered with, before any server's own form of it. Header names are lower-case. */
export interface Reply {
  status: number;
  headers: Readonly<Record<string, string>>;
  /** Text is sent as UTF-8, with its length. */
  body: string | ReadableStream<Uint8Array> | null;
}

/** As a web server takes it. */
export function toResponse({ status, headers, body }: Reply): Response {
  return new Response(body, { status, headers });
}
