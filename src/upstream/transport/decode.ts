import type { Transform } from 'node:stream';
import {
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
  createZstdDecompress,
} from 'node:zlib';

/** A body that is not what its content encoding says. */
export class Undecodable extends Error {
  readonly encoding: string;
  constructor(encoding: string, cause: unknown) {
    super(`The body is not in the encoding '${encoding}'.`, { cause });
    this.name = 'Undecodable';
    this.encoding = encoding;
  }
}

/** What decodes a body, piece by piece: it decodes no further than its reader takes. */
export interface Decoder {
  /** @returns false where the sender has to wait until `onDrain`. */
  write(bytes: Uint8Array): boolean;
  end(): void;
  pause(): void;
  resume(): void;
  destroy(): void;
}

export interface DecoderEvents {
  onData: (bytes: Buffer) => void;
  onDrain: () => void;
  onEnd: () => void;
  onError: (error: Undecodable) => void;
}

const DECODERS: ReadonlyMap<string, (first: Uint8Array) => Transform> = new Map<
  string,
  (first: Uint8Array) => Transform
>([
  ['gzip', () => createGunzip()],
  ['x-gzip', () => createGunzip()],
  ['br', () => createBrotliDecompress()],
  ['zstd', () => createZstdDecompress()],
  // RFC 9110 §8.4.1.2: with the header of zlib; some servers leave it out.
  ['deflate', ([first = 0]: Uint8Array) => ((first & 0x0f) === 8 ? createInflate() : createInflateRaw())],
]);

/** The one encoding of a body; `undefined` where it has none. */
export function encodingOf(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const named = header
    .toLowerCase()
    .split(',')
    .map((name) => name.trim());
  const encodings = named.filter((name) => name !== '' && name !== 'identity');
  return encodings.length === 0 ? undefined : encodings.join(', ');
}

/** Whether bodies in this encoding can be decoded. Several, one over the other, are not: no server has a use for them. */
export function isDecodable(encoding: string): boolean {
  return DECODERS.has(encoding);
}

/** Decodes a body in a decodable encoding. */
export function createDecoder(encoding: string, events: DecoderEvents): Decoder {
  let stream: Transform | undefined;
  let paused = false;

  function open(first: Uint8Array): Transform {
    const create = DECODERS.get(encoding);
    if (create === undefined) throw new RangeError(`no decoder for ${encoding}`);
    const opened = create(first);
    opened.on('data', events.onData);
    opened.on('drain', events.onDrain);
    opened.on('end', events.onEnd);
    opened.on('error', (error) => events.onError(new Undecodable(encoding, error)));
    if (paused) opened.pause();
    return opened;
  }

  return {
    write: (bytes) => (stream ??= open(bytes)).write(bytes),
    end() {
      // A body without a byte is empty in any encoding.
      if (stream === undefined) events.onEnd();
      else stream.end();
    },
    pause() {
      paused = true;
      stream?.pause();
    },
    resume() {
      paused = false;
      stream?.resume();
    },
    destroy: () => void stream?.destroy(),
  };
}
