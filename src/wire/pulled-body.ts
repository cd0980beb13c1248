/**
 * A response body that is read from its source as the client takes it. Where the source throws, the client's connection is
 * broken off.
 * @param onCancel the client went away before the end.
 */
export function createPulledBody(
  source: AsyncIterator<Uint8Array, void>,
  onCancel: () => void,
): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const step = await source.next();
      if (step.done === true) controller.close();
      else controller.enqueue(step.value);
    },
    async cancel() {
      onCancel();
      await source.return?.();
    },
  });
}
