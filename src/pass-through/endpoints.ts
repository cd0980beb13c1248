/** One of the OpenAI API's endpoints beside its chats: a request for one model, which is passed through as it is. */
export interface PassedEndpoint {
  /** For the record and for messages. */
  name: string;
  paths: readonly string[];
  /** Below the base URL of the upstream. */
  upstreamPath: string;
  /** How the request names its model. */
  body: 'json' | 'form';
  /** `json`: JSON, or a stream of events; `any`: sound and plain text too. */
  answers: 'json' | 'any';
}

/** Every endpoint that is passed through: one line each. */
export const ENDPOINTS: readonly PassedEndpoint[] = [
  endpoint('embeddings', ['/v1/embeddings']),
  // Servers have both, and take the same in them.
  endpoint('rerank', ['/v1/rerank', '/v2/rerank']),
  endpoint('completions', ['/v1/completions']),
  endpoint('moderations', ['/v1/moderations']),
  endpoint('audio/speech', ['/v1/audio/speech'], { answers: 'any' }),
  endpoint('audio/transcriptions', ['/v1/audio/transcriptions'], { body: 'form', answers: 'any' }),
  endpoint('audio/translations', ['/v1/audio/translations'], { body: 'form', answers: 'any' }),
  endpoint('images/generations', ['/v1/images/generations']),
  endpoint('images/edits', ['/v1/images/edits'], { body: 'form' }),
];

function endpoint(
  name: string,
  paths: readonly string[],
  { body = 'json', answers = 'json' }: Partial<Pick<PassedEndpoint, 'body' | 'answers'>> = {},
): PassedEndpoint {
  return { name, paths, upstreamPath: `/${name}`, body, answers };
}
