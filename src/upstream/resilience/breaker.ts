import { systemClock, type Clock } from '../clock.ts';
import { whenOver, type StreamEnd } from '../../wire/sse.ts';
import {
  UpstreamError,
  wrapUpstream,
  type Upstream,
  type UpstreamRequest,
  type UpstreamTrouble,
} from '../upstream.ts';
import { signOf, type Sign } from './sign.ts';
import { createWellKeys } from './well-keys.ts';

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
  /** @property keyId the API key whose calls alone are turned away; absent where all are. */
  | { kind: 'opened'; upstream: string; model: string; keyId?: string; forMs: number; because: string }
  | { kind: 'closed'; upstream: string; model: string };

export const DEFAULT_BREAKER = { failures: 5, openMs: 5_000, maxOpenMs: 60_000 };

/** One model's circuit; a model without trouble has none. */
interface Circuit {
  /** In a row. */
  failures: number;
  /** Those of them in which nothing could be sent, and those in which nothing came. */
  unreachable: number;
  silent: number;
  /** Whose call failed first, and whether another key's did too. */
  key: string;
  several: boolean;
  /** For whom it is open; undefined while closed. */
  open: 'all' | 'key' | undefined;
  openedAt: number;
  openMs: number;
  openUntil: number;
  probing: boolean;
  /** Who tried last, and whether anybody else wants to. */
  triedBy: string | undefined;
  othersWait: boolean;
  because: string;
  /** The server refuses our credentials: how often in a row, and in what words. */
  refusals: number;
  refusal: string | undefined;
}

/** A server may refuse one request for what it says with a 403; one that does so twice in a row refuses the key. */
const REFUSALS_OF_A_KEY = 2;

/**
 * A circuit breaker for each model of an upstream. It opens after a number of failures in a row that say that the *server* is
 * ill (see `sign.ts`). Calls then fail at once with `upstream_unavailable` for a while; then one call may try, and its fate
 * decides. Aborted calls decide nothing. A stream is a success when it has ended and a failure when it breaks; a try
 * succeeds when its stream begins.
 *
 * A client's requests may be what fails (a template that cannot take them, an answer that never ends), so failures of one API
 * key open the circuit for that key alone, and its time-outs not even that. It opens for all where more than one key's calls
 * failed with no success between and no other key is well (see `well-keys.ts`), or where no connection can be made, which no
 * request can cause. A key whose try failed lets other keys try first.
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
  const wellKeys = createWellKeys(clock);

  function concerns(circuit: Circuit, key: string): boolean {
    return circuit.open === 'all' || (circuit.open === 'key' && circuit.key === key);
  }

  function mayTry(circuit: Circuit | undefined, key: string): boolean {
    if (circuit === undefined || !concerns(circuit, key)) return true;
    const now = clock.now();
    if (circuit.probing || now < circuit.openUntil) return false;
    // They may never come.
    const othersFirst = circuit.othersWait && circuit.triedBy === key;
    return !othersFirst || now >= circuit.openUntil + circuit.openMs;
  }

  function succeed(model: string): void {
    const circuit = circuits.get(model);
    if (circuit === undefined) return;
    circuits.delete(model);
    if (circuit.open !== undefined) observe?.({ kind: 'closed', upstream: upstream.name, model });
  }

  function circuitOf(model: string, key: string): Circuit {
    const known = circuits.get(model);
    if (known !== undefined) return known;
    const circuit: Circuit = {
      failures: 0,
      unreachable: 0,
      silent: 0,
      key,
      several: false,
      open: undefined,
      openedAt: 0,
      openMs,
      openUntil: 0,
      probing: false,
      triedBy: undefined,
      othersWait: false,
      because: '',
      refusals: 0,
      refusal: undefined,
    };
    circuits.set(model, circuit);
    return circuit;
  }

  function openFor({ failures, unreachable, silent, several }: Circuit, model: string): Circuit['open'] {
    if (unreachable >= most) return 'all';
    if (several && failures >= most && !wellKeys.any(model)) return 'all';
    return failures - silent >= most ? 'key' : undefined;
  }

  function fail(circuit: Circuit, call: Call, sign: Sign, because: string): void {
    wellKeys.failed(call.model, call.key);
    if (circuit.failures === 0) Object.assign(circuit, { key: call.key, several: false });
    circuit.failures += 1;
    if (sign === 'unreachable') circuit.unreachable += 1;
    if (sign === 'silent') circuit.silent += 1;
    circuit.several ||= circuit.key !== call.key;
    circuit.because = because;
    const open = openFor(circuit, call.model);
    if (call.probe) circuit.openMs = Math.min(circuit.openMs * 2, maxOpenMs);
    else if (open === undefined || open === circuit.open || circuit.open === 'all') return;
    if (circuit.open === undefined) circuit.openedAt = clock.now();
    circuit.open = open ?? circuit.open;
    circuit.openUntil = clock.now() + circuit.openMs;
    observe?.({
      kind: 'opened',
      upstream: upstream.name,
      model: call.model,
      ...(circuit.open === 'key' ? { keyId: circuit.key } : {}),
      forMs: circuit.openMs,
      because,
    });
  }

  /** The server lives, and takes none of our calls. */
  function refuse(call: Call, error: UpstreamError): void {
    const { refusals = 0 } = circuits.get(call.model) ?? {};
    succeed(call.model);
    const circuit = circuitOf(call.model, call.key);
    circuit.refusals = refusals + 1;
    if (error.failure.status !== 403 || circuit.refusals >= REFUSALS_OF_A_KEY)
      circuit.refusal = error.failure.message;
  }

  function judge(error: unknown, call: Call, inStream: boolean): void {
    if (call.signal.aborted) return;
    const sign = signOf(error, inStream);
    if (sign === 'nothing') {
      if (call.probe) succeed(call.model);
    } else if (sign === 'alive') succeed(call.model);
    else if (sign === 'key_refused') refuse(call, error as UpstreamError);
    else
      fail(circuitOf(call.model, call.key), call, sign, error instanceof Error ? error.message : 'unknown');
  }

  function refusal(model: string, circuit: Circuit, key: string): UpstreamError {
    if (circuit.triedBy !== key) circuit.othersWait = true;
    const waitMs = Math.max(circuit.openUntil - clock.now(), 0);
    const whose = circuit.open === 'key' && key !== '' ? ' for this API key' : '';
    return new UpstreamError({
      code: 'upstream_unavailable',
      message:
        `Model '${model}' of upstream '${upstream.name}' has failed ${circuit.failures} times in a row${whose} and is left alone ` +
        `for ${Math.ceil(waitMs / 1_000)} s. Last: ${circuit.because}`,
      ...(waitMs > 0 ? { retryAfterMs: waitMs } : {}),
      ...(whose === '' ? {} : { ofOneKey: true as const }),
      safeToRepeat: false,
      unbilled: true,
      unmade: true,
    });
  }

  return wrapUpstream(upstream, {
    available: (model, keyId = '') => mayTry(circuits.get(model), keyId) && upstream.available(model, keyId),
    trouble: (model) => {
      const circuit = circuits.get(model);
      return circuit === undefined ? upstream.trouble(model) : troubleOf(circuit, clock.now());
    },
    async chat(request) {
      const { model, keyId: key = '' } = request;
      const circuit = circuits.get(model);
      // What another path answers says nothing of chats: a server may not have it at all.
      if (request.path !== undefined && request.passed === undefined) {
        if (circuit !== undefined && concerns(circuit, key)) throw refusal(model, circuit, key);
        return upstream.chat(request);
      }
      if (circuit !== undefined && !mayTry(circuit, key)) throw refusal(model, circuit, key);
      const probed = circuit !== undefined && concerns(circuit, key) ? circuit : undefined;
      const call: Call = { model, key, signal: request.signal, probe: probed !== undefined };
      if (probed !== undefined) Object.assign(probed, { probing: true, triedBy: key, othersWait: false });
      try {
        const reply = await upstream.chat(request);
        if (reply.kind === 'whole' || call.probe) succeed(model);
        if (reply.kind === 'whole') {
          wellKeys.answered(model, key);
          return reply;
        }
        const began = circuits.get(model);
        if (began !== undefined) hear(began);
        call.probe = false;
        const over = (end: StreamEnd): void => {
          if (end.kind === 'ended') {
            wellKeys.answered(model, key);
            succeed(model);
          }
          if (end.kind === 'broke') judge(end.error, call, true);
        };
        if (reply.kind === 'bytes') return { ...reply, bytes: whenOver(reply.bytes, over) };
        return { ...reply, events: whenOver(reply.events, over) };
      } catch (error) {
        judge(error, call, false);
        throw error;
      } finally {
        if (probed !== undefined) probed.probing = false;
      }
    },
  });
}

interface Call extends Pick<UpstreamRequest, 'model' | 'signal'> {
  key: string;
  /** It decides whether an open circuit closes. */
  probe: boolean;
}

/** Something came: the time-outs before it were no silence. */
function hear(circuit: Circuit): void {
  circuit.failures -= circuit.silent;
  circuit.silent = 0;
}

function troubleOf(circuit: Circuit, now: number): UpstreamTrouble | undefined {
  // Without keys, all is one key.
  const isDown = circuit.open === 'all' || (circuit.open === 'key' && circuit.key === '');
  const { refusal, because, openedAt } = circuit;
  if (!isDown && refusal === undefined) return undefined;
  return {
    ...(isDown ? { down: { forMs: now - openedAt, because } } : {}),
    ...(refusal === undefined ? {} : { refusal }),
  };
}
