/** What stands at `/` and `/health` for a person who looks whether the gateway runs; machines ask `/healthz` and `/readyz`. */
const LINES = [
  'Its base URL for clients of the OpenAI API ends in /v1: POST /v1/chat/completions answers chats, GET /v1/models lists what can be asked for.',
  'For machines, GET /healthz says whether the process lives, and GET /readyz whether it can do its work. GET /metrics has its figures.',
];

/** The page as text, or as HTML where a browser asks. @param degraded what is amiss, as `/readyz` says it. */
export function pageForPeople(
  degraded: readonly string[],
  accept: string | undefined,
  headers: Readonly<Record<string, string>>,
): Response {
  const state = degraded.length === 0 ? ['Weir is running.'] : ['Weir is running, but:', ...degraded];
  const lines = [...state, ...LINES];
  const isHtml = accept?.includes('text/html') === true;
  const body = isHtml
    ? `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Weir</title>${lines.map((line) => `<p>${escaped(line)}</p>`).join('')}</html>\n`
    : lines.map((line) => `${line}\n`).join('');
  return new Response(body, {
    headers: {
      ...headers,
      'content-type': `text/${isHtml ? 'html' : 'plain'}; charset=utf-8`,
      'content-security-policy': "default-src 'none'",
      'cache-control': 'no-store',
    },
  });
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
