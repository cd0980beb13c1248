/**
 * A model's parameters in billions, read from its name or from a server's `parameter_size`: `qwen3:4b`, `Llama-3.1-70B`,
 * `mixtral:8x7b` (56, an upper bound, because its experts share some), `SmolLM2-135M`, `gemma3n:e4b`. Undefined if the name
 * does not say. Quantisation (`4bit`, `q4_K_M`) and active parameters (`a3b`) are not sizes.
 */
export function billionsOf(name: string): number | undefined {
  const found = /(?<![a-z0-9.])e?(?:(\d{1,3})x)?(\d{1,4}(?:\.\d{1,3})?)\s?([bm])(?![a-z0-9])/i.exec(name);
  if (found === null) return undefined;
  const [, experts = '1', amount = '', unit = ''] = found;
  const billions = Number(experts) * Number(amount) * (unit.toLowerCase() === 'm' ? 0.001 : 1);
  return billions > 0 ? billions : undefined;
}

/** `4 B`, `135 M`. */
export function formatBillions(billions: number): string {
  return billions < 1 ? `${Math.round(billions * 1_000)} M` : `${Number(billions.toPrecision(3))} B`;
}
