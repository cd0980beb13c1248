import { answerWords, outputTokens } from './answer-length.ts';
import { pTrue } from './p-true.ts';
import { requestSignals } from './request-signals.ts';
import type { FreeSignals, PaidSignal, Signal } from './signal.ts';
import { tokenSignals } from './token-signals.ts';
import { verbalized } from './verbalized.ts';

export interface SignalTable {
  /** Read from what is there anyway. */
  free: readonly FreeSignals[];
  /** A further call each. */
  paid: readonly PaidSignal[];
}

/** Every signal there is. Recordings may name others, which are taken as they are. */
export const SIGNALS: SignalTable = {
  free: [requestSignals, tokenSignals, answerWords, outputTokens],
  paid: [pTrue, verbalized],
};

/** What the table says of each signal, free or paid. */
export function signalsOf({ free, paid }: SignalTable): Signal[] {
  return [...free.flatMap(({ signals }) => signals), ...paid];
}

/** @returns `undefined` for a signal that no server can be asked for: recordings may have others. */
export function paidSignalNamed(name: string, { paid }: SignalTable = SIGNALS): PaidSignal | undefined {
  return paid.find((signal) => signal.name === name);
}

/** Whether a server that gives log-probabilities in this way can be asked for a paid signal. */
export function isAvailable(
  name: string,
  logprobs: 'stream' | 'plain' | 'none' | undefined,
  table: SignalTable = SIGNALS,
): boolean {
  const signal = paidSignalNamed(name, table);
  return signal !== undefined && (logprobs !== 'none' || !signal.needsLogprobs);
}
