/** The most that AWS allows a message of its event stream. */
const MAX_FRAME_BYTES = 16 * 1024 * 1024;
const LENGTH_BYTES = 4;

/**
 * Watches the lengths that the frames of AWS's event stream announce: who reads them keeps each one whole in memory.
 * @param tooLong the error for a frame that is longer than its argument, in bytes.
 */
export async function* boundFrames(
  bytes: AsyncIterable<Uint8Array>,
  tooLong: (limit: number) => Error,
): AsyncGenerator<Uint8Array, void, undefined> {
  /** Bytes of the frame that are still to come; its length is not known while `lengthBytes` are wanted. */
  let left = 0;
  let lengthBytes = 0;
  let length = 0;
  for await (const piece of bytes) {
    let at = 0;
    while (at < piece.length) {
      if (left > 0) {
        const step = Math.min(left, piece.length - at);
        at += step;
        left -= step;
        continue;
      }
      length = length * 256 + (piece[at] ?? 0);
      at += 1;
      lengthBytes += 1;
      if (lengthBytes < LENGTH_BYTES) continue;
      if (length > MAX_FRAME_BYTES) throw tooLong(MAX_FRAME_BYTES);
      left = Math.max(0, length - LENGTH_BYTES);
      lengthBytes = 0;
      length = 0;
    }
    yield piece;
  }
}
