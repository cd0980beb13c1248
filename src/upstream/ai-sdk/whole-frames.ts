/** The most that AWS allows a message of its event stream. */
const MAX_FRAME_BYTES = 16 * 1024 * 1024;
/** A frame begins with its own length. */
const LENGTH_BYTES = 4;

/**
 * The frames of AWS's event stream, each whole and by itself: their reader copies all that it has with every piece that comes and with
 * every frame that it takes, and believes any length. What is no whole frame at the end goes out as it is.
 * @param tooLong the error for a frame that is longer than its argument, in bytes.
 */
export async function* wholeFrames(
  bytes: AsyncIterable<Uint8Array>,
  tooLong: (limit: number) => Error,
): AsyncGenerator<Uint8Array, void, undefined> {
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  /** Of the frame that has begun; not known before its first bytes have come. */
  let length: number | undefined;
  for await (const piece of bytes) {
    let rest = piece;
    while (rest.length > 0) {
      const wanted = (length ?? LENGTH_BYTES) - heldBytes;
      held.push(rest.subarray(0, wanted));
      heldBytes += Math.min(wanted, rest.length);
      rest = rest.subarray(wanted);
      if (length === undefined && heldBytes === LENGTH_BYTES) {
        const first = Buffer.concat(held);
        length = Math.max(LENGTH_BYTES, first.readUInt32BE());
        if (length > MAX_FRAME_BYTES) throw tooLong(MAX_FRAME_BYTES);
        held = [first];
      }
      if (heldBytes === length) {
        yield Buffer.concat(held);
        held = [];
        heldBytes = 0;
        length = undefined;
      }
    }
  }
  if (heldBytes > 0) yield Buffer.concat(held);
}
