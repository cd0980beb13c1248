import { defined } from '../defined.ts';
import { counted } from '../format/counted.ts';
import { CHECKS, type Provenance } from '../routing/provenance.ts';
import type { Trace, TraceSource } from '../traces/trace.ts';

/** Whose answers the recorded ones of a tier are. */
export interface RecordedSource {
  /** The name by which the model was asked for; absent where some answers do not say, or say different names. */
  model?: string;
  /** What all answers say alike; what they do not is absent, as if it were unknown. */
  source: Provenance;
  /** Sentences about answers of more than one source. */
  mixed: string[];
}

const PARTS = ['model', 'identity', 'quantization', 'weights', 'template', 'checks'] as const;

/** What a tier's recorded answers say of their source, all together. */
export function recordedSource(traces: Iterable<Trace>, tier: string): RecordedSource {
  const said = Object.fromEntries(PARTS.map((part) => [part, new Map<string | undefined, number>()]));
  const streamed = new Set<'whole' | 'stream'>();
  const sampled: (TraceSource['sampling'] | undefined)[] = [];
  let modesKnown = true;
  for (const { attempts } of traces) {
    const attempt = attempts[tier];
    if (attempt === undefined) continue;
    const { source = {} } = attempt;
    for (const part of PARTS) {
      // An answer without the checks that it failed is put to those of today.
      const value = part === 'checks' && attempt.vetoes === undefined ? CHECKS : source[part];
      said[part]?.set(value, (said[part].get(value) ?? 0) + 1);
    }
    if (source.streamed === undefined) modesKnown = false;
    else streamed.add(source.streamed ? 'stream' : 'whole');
    sampled.push(source.sampling);
  }
  const only = (part: (typeof PARTS)[number]): string | undefined =>
    said[part]?.size === 1 ? [...said[part].keys()][0] : undefined;
  return {
    ...defined({ model: only('model') }),
    source: defined({
      identity: only('identity'),
      quantization: only('quantization'),
      weights: only('weights'),
      template: only('template'),
      checks: only('checks'),
      streamed: modesKnown ? [...streamed].toSorted() : [],
      sampling: rangesOf(sampled),
    }),
    mixed: PARTS.flatMap((part) => mixedWords(tier, part, said[part] ?? new Map())),
  };
}

function mixedWords(tier: string, part: string, said: ReadonlyMap<string | undefined, number>): string[] {
  if (said.size < 2) return [];
  const of = [...said]
    .toSorted(([, one], [, other]) => other - one)
    .map(
      ([value, count]) => `${counted(count, 'answer')} ${value === undefined ? 'say none' : `'${value}'`}`,
    );
  return [`The answers of ${tier} differ in their ${part}: ${of.join(', ')}.`];
}

/** @returns undefined where some answer does not say how it was sampled. */
function rangesOf(sampled: readonly (TraceSource['sampling'] | undefined)[]): Provenance['sampling'] {
  if (sampled.length === 0 || sampled.includes(undefined)) return undefined;
  const names = new Set(sampled.flatMap((each) => Object.keys(each ?? {})));
  return Object.fromEntries(
    [...names].toSorted().map((name) => {
      const values = sampled.flatMap((each) => each?.[name] ?? []);
      return [
        name,
        {
          least: values.reduce((least, value) => Math.min(least, value), Infinity),
          most: values.reduce((most, value) => Math.max(most, value), -Infinity),
          ...(values.length < sampled.length ? { unset: true as const } : {}),
        },
      ];
    }),
  );
}
