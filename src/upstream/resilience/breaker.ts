import { systemClock, type Clock } from '../clock.ts';
import { whenOver } from '../../wire/sse.ts';
import { UpstreamError, wrapUpstream, type Upstream } from '../upstream.ts';
import type { ErrorCode } from '../../errors.ts';

export interface BreakerOptions {
  /** Failures in a row that open the circuit. */
  failures?: number;
  /** How long it stays open before one call may try; doubled after every try that fails. */
  openMs?: number;
  maxOpenMs?: number;
  clock?: Clock;
  /** Told when a model's circuit opens and closes: for the log. */
  observe?: (event: BreakerEvent) => void;
}

export type BreakerEvent =
  | { kind: 'opened'; upstream: string; model: string; forMs: number; because: string }
  | { kind: 'closed'; upstream: string; model: string };

export const DEFAULT_BREAKER = { failures: 5, openMs: 5_000, maxOpenMs: 60_000 };

/** These are the client's mistakes, the client's pace, or our own refusals: the model behind them is well. */
const NOT_ITS_FAULT: ReadonlySet<ErrorCode> = new Set([
  'upstream_rejected',
  'context_length_exceeded',
  'upstream_rate_limited',
  'not_recorded',
  'overloaded',
]);

/** One model's circuit; a model without trouble has none. */
interface Circuit {
  failures: number;
  openMs: number;
  /** Undefined while closed. */
  openUntil: number | undefined;
  probing: boolean;
  because: string;
}

/**
 * A circuit breaker for each model of an upstream. After a number of failures in a row, calls fail at once with
 * `upstream_unavailable` for a while; then one call may try, and its fate decides. Aborted calls decide nothing. A
 * stream is a success when it has ended and a failure when it breaks; a try succeeds when its stream begins.
 *
 * Consecutive failures, not a rate: a model that fails three times in four meets five in a row within some twenty calls,
 * and one that fails now and then is better served by the next tier call by call.
 */
export function withBreaker(upstream: Upstream, options: BreakerOptions = {}): Upstream {
  const {
    failures: most,
    openMs,
    maxOpenMs,
    clock = systemClock,
    observe,
  } = { ...DEFAULT_BREAKER, ...options };
  const circuits = new Map<string, Circuit>();

  const mayTry = (circuit: Circuit | undefined) =>
    circuit?.openUntil === undefined || (!circuit.probing && clock.now() >= circuit.openUntil);

  function succeed(model: string): void {
    const circuit = circuits.get(model);
    if (circuit === undefined) return;
    circuits.delete(model);
    if (circuit.openUntil !== undefined) observe?.({ kind: 'closed', upstream: upstream.name, model });
  }

  function fail(model: string, because: string, probe: boolean): void {
    const circuit = circuits.get(model) ?? {
      failures: 0,
      openMs,
      openUntil: undefined,
      probing: false,
      because,
    };
    circuits.set(model, circuit);
    circuit.failures += 1;
    circuit.because = because;
    if (probe) circuit.openMs = Math.min(circuit.openMs * 2, maxOpenMs);
    else if (circuit.openUntil !== undefined || circuit.failures < most) return;
    circuit.openUntil = clock.now() + circuit.openMs;
    observe?.({ kind: 'opened', upstream: upstream.name, model, forMs: circuit.openMs, because });
  }

  function judge(error: unknown, model: string, signal: AbortSignal, probe: boolean): void {
    if (signal.aborted) return;
    if (error instanceof UpstreamError && NOT_ITS_FAULT.has(error.failure.code)) {
      // A server that rejects a request is alive. One that asks for a slower pace says nothing about the failures before.
      if (probe || error.failure.code !== 'upstream_rate_limited') succeed(model);
      return;
    }
    fail(model, error instanceof Error ? error.message : 'unknown', probe);
  }

  function refusal(model: string, circuit: Circuit): UpstreamError {
    const waitMs = Math.max((circuit.openUntil ?? 0) - clock.now(), 0);
    return new UpstreamError({
      code: 'upstream_unavailable',
      message:
        `Model '${model}' of upstream '${upstream.name}' has failed ${circuit.failures} times in a row and is left alone ` +
        `for ${Math.ceil(waitMs / 1_000)} s. Last: ${circuit.because}`,
      ...(waitMs > 0 ? { retryAfterMs: waitMs } : {}),
      safeToRepeat: false,
      unbilled: true,
      unmade: true,
    });
  }

  return wrapUpstream(upstream, {
    available: (model) => mayTry(circuits.get(model)) && upstream.available(model),
    async chat(request) {
      const { model, signal } = request;
      const circuit = circuits.get(model);
      if (circuit !== undefined && !mayTry(circuit)) throw refusal(model, circuit);
      const probe = circuit?.openUntil !== undefined;
      if (probe) circuit.probing = true;
      try {
        const reply = await upstream.chat(request);
        if (reply.kind === 'whole' || probe) succeed(model);
        if (reply.kind === 'whole') return reply;
        const events = whenOver(reply.events, (end) => {
          if (end.kind === 'ended') succeed(model);
          if (end.kind === 'broke') judge(end.error, model, signal, false);
        });
        return { ...reply, events };
      } catch (error) {
        judge(error, model, signal, probe);
        throw error;
      } finally {
        if (probe) circuit.probing = false;
      }
    },
  });
}
