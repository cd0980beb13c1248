import { z } from 'zod';
import { VETOES } from './attempt.ts';
import { hashContent } from './hash-content.ts';

/** Between which values a number that chooses among answers lay. */
const rangeSchema = z.strictObject({
  least: z.number(),
  most: z.number(),
  /** For some answers it was not set: the server's default chose. */
  unset: z.literal(true).optional(),
});

/**
 * Whose answers they are and how they were got, beside the name of the model that was asked: a certificate is about answers
 * with these properties, and about no others. What is not known is absent.
 */
export const provenanceSchema = z.strictObject({
  /** Whose answers they are: what the operator states (`models.*.identity`), else the server's address. */
  identity: z.string().optional(),
  /** A hash of what the server tells of the weights; absent where the operator states an identity. */
  weights: z.string().optional(),
  /** A hash of the server's prompt template, where the server tells it. */
  template: z.string().optional(),
  /** As the server tells it, such as `Q4_K_M`. */
  quantization: z.string().optional(),
  /** A hash of the names of the checks that the answers were put to. */
  checks: z.string().optional(),
  /** How they were asked for; empty where that is not known. Absent: as the route's own requests. */
  streamed: z.array(z.enum(['whole', 'stream'])).optional(),
  /** By the parameter's name, such as `temperature`. Absent: as the route's own requests. */
  sampling: z.record(z.string(), rangeSchema).optional(),
});

export type Provenance = z.infer<typeof provenanceSchema>;

/** The checks of this release, as {@link Provenance} names them. */
export const CHECKS = hashContent(VETOES.toSorted());

/** What must be the same, in a message's words. What a server does not tell is part of the identity. */
const PARTS = {
  identity: 'the server or its stated identity',
  quantization: 'the quantisation',
  weights: 'the weights',
  template: 'the prompt template',
  checks: 'the checks',
} as const;

/** What is another than it was, in words. What is unknown on either side is no difference. */
export function sourceDifference(
  was: Provenance | undefined,
  is: Provenance | undefined,
): string | undefined {
  for (const [part, words] of Object.entries(PARTS) as [keyof typeof PARTS, string][]) {
    const [before, now] = [was?.[part], is?.[part]];
    if (before === undefined || now === undefined || before === now) continue;
    return part === 'quantization' ? `${words} (${before} there, ${now} here)` : words;
  }
  return undefined;
}

/** What must be known of a source and is not, in words. */
export function unknownOfSource(source: Provenance): string[] {
  const parts = (['identity', 'checks'] as const).flatMap((part) =>
    source[part] === undefined ? PARTS[part] : [],
  );
  return source.streamed?.length === 0 ? [...parts, 'whether they were streamed'] : parts;
}

/** Parameters that choose among a model's answers. */
const SAMPLING = [
  'temperature',
  'top_p',
  'top_k',
  'min_p',
  'frequency_penalty',
  'presence_penalty',
  'repetition_penalty',
] as const;

interface Asking {
  params?: Readonly<Record<string, unknown>>;
  dropParams?: readonly string[];
}

/** Those that a request's body sets to a number. @param asking of the tier: its own parameters replace the request's. */
export function samplingOf(
  body: Readonly<Record<string, unknown>>,
  { params = {}, dropParams = [] }: Asking = {},
): Record<string, number> {
  const set: Record<string, number> = {};
  for (const name of SAMPLING) {
    const own = Object.hasOwn(params, name);
    const value = own ? params[name] : dropParams.includes(name) ? undefined : body[name];
    if (typeof value === 'number' && Number.isFinite(value)) set[name] = value;
  }
  return set;
}

/**
 * Whether a tier answers a request as it answered when it was recorded: asked for in the same way, its answer chosen by numbers
 * within the recorded range. @param tier its own parameters replace the request's.
 */
export function isAskedAsRecorded(
  recorded: Pick<Provenance, 'streamed' | 'sampling'>,
  chat: Readonly<Record<string, unknown>>,
  asking?: Asking,
): boolean {
  const { streamed } = recorded;
  if (streamed !== undefined && !streamed.includes(chat['stream'] === true ? 'stream' : 'whole'))
    return false;
  if (recorded.sampling === undefined) return true;
  return isSampledAs(recorded, samplingOf(chat, asking));
}

/** Whether a request that sets these numbers lies within what was recorded. */
function isSampledAs(
  { sampling }: Pick<Provenance, 'sampling'>,
  set: Readonly<Record<string, number>>,
): boolean {
  if (sampling === undefined) return true;
  return SAMPLING.every((name) => {
    const [range, value] = [sampling[name], set[name]];
    if (value === undefined) return range === undefined || range.unset === true;
    return range !== undefined && value >= range.least && value <= range.most;
  });
}
