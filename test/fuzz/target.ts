import type fc from 'fast-check';

/** One kind of input that somebody else writes, and what must hold whatever it is. */
export interface FuzzTarget<Input = unknown> {
  name: string;
  /** Inputs are JSON values, so that those that failed can be kept as files. */
  inputs: fc.Arbitrary<Input>;
  open(): Promise<OpenTarget<Input>>;
}

export interface OpenTarget<Input = unknown> {
  /** @throws where something does not hold. */
  run(input: Input): Promise<void>;
  close(): Promise<void>;
}
