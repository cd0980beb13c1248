import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '../telemetry/names.ts';
import { alarmBody, type AlarmFormat, type AlarmNews } from './alarm-news.ts';

export interface WebhookTarget {
  /** A credential: the addresses of chat services open their channel to everybody who knows them. */
  url: string;
  /** Sent as a bearer token. */
  token?: string;
  format: AlarmFormat;
}

/** What became of one message: taken, or not and why; `again` where a later try may succeed. */
export type AlarmDelivery = { sent: true } | { sent: false; why: string; again: boolean; afterMs?: number };

export type DeliveryResult = 'sent' | 'failed' | 'dropped';

export interface WebhookOptions {
  target: WebhookTarget;
  /** Where the configuration has it, for the log: `alarms[0]`. */
  place: string;
  /** Which gateway this is. */
  gateway: string;
  log: Log;
  /** Told of each try that succeeded or failed, and of each message that was given up. */
  onResult: (result: DeliveryResult) => void;
  /** Resolves after `ms`, or at once when the signal aborts. */
  sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Milliseconds that never run backwards. */
  now?: () => number;
}

export interface Webhook {
  /** Takes a message to deliver it in the background. Returns at once and never throws. */
  tell(news: AlarmNews): void;
  /** Delivers what waits, without further tries, for at most this long. Never rejects. */
  close(deadlineMs: number): Promise<void>;
}

const TIMEOUT_MS = 10_000;
/** Messages that may wait; of one alarm only the newest does. Beyond it the oldest is given up. */
const MOST_WAITING = 100;
/** Bursts of messages that go out at once, and how fast further ones follow. */
const BURST = { messages: 10, perMessageMs: 6_000 };
const BACK_OFF_MS = { first: 1_000, most: 60_000 };
/** Some ten minutes. */
const MOST_TRIES = 15;
const STOPPED = 'the gateway stopped, or this entry of `alarms` changed';

/** Delivers alarms to one receiver: one at a time, in order, not too many a minute, and again after a failure. */
export function createWebhook(options: WebhookOptions): Webhook {
  const { target, place, gateway, log, onResult } = options;
  const { sleep = patientSleep, now = () => performance.now() } = options;
  const waiting = new Map<string, AlarmNews>();
  const stop = new AbortController();
  /** The longest that {@link Webhook.close} waits has passed. */
  const end = new AbortController();
  let running: Promise<void> | undefined;
  let allowance = BURST.messages;
  let allowedAtMs = now();

  async function takeTurn(): Promise<void> {
    const nowMs = now();
    allowance = Math.min(BURST.messages, allowance + (nowMs - allowedAtMs) / BURST.perMessageMs);
    allowedAtMs = nowMs;
    allowance -= 1;
    if (allowance < 0) await sleep(-allowance * BURST.perMessageMs, stop.signal);
  }

  function giveUp(news: AlarmNews, why: string): void {
    onResult('dropped');
    log.error({ alarm: news.kind, error: why }, `An alarm did not reach the webhook of \`${place}\`.`);
  }

  async function deliver(key: string): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      const news = waiting.get(key);
      if (news === undefined) return;
      const delivery = await post(target, alarmBody(news, target.format, gateway), end.signal);
      const isNewest = waiting.get(key) === news;
      if (delivery.sent) {
        onResult('sent');
        if (isNewest) waiting.delete(key);
        return;
      }
      onResult('failed');
      if (!delivery.again || tries >= MOST_TRIES || stop.signal.aborted) {
        if (isNewest) waiting.delete(key);
        giveUp(news, delivery.why);
        return;
      }
      if (tries === 1)
        log.warn(
          { alarm: news.kind, error: delivery.why },
          `The webhook of \`${place}\` did not take an alarm; it is tried again.`,
        );
      const backOffMs = Math.min(BACK_OFF_MS.most, BACK_OFF_MS.first * 2 ** (tries - 1));
      await sleep(Math.max(backOffMs, delivery.afterMs ?? 0), stop.signal);
    }
  }

  async function run(): Promise<void> {
    for (;;) {
      const [key] = waiting.keys();
      if (key === undefined || end.signal.aborted) break;
      await takeTurn();
      await deliver(key);
    }
    running = undefined;
  }

  return {
    tell(news) {
      if (stop.signal.aborted) return giveUp(news, STOPPED);
      const key = `${news.kind} ${news.about}`;
      const [oldest] = waiting;
      if (waiting.size >= MOST_WAITING && !waiting.has(key) && oldest !== undefined) {
        waiting.delete(oldest[0]);
        giveUp(oldest[1], 'too many alarms wait');
      }
      waiting.set(key, news);
      running ??= run();
    },
    async close(deadlineMs) {
      stop.abort();
      const deadline = setTimeout(() => end.abort(), deadlineMs);
      await running;
      clearTimeout(deadline);
      for (const news of waiting.values()) giveUp(news, STOPPED);
      waiting.clear();
    },
  };
}

/** Sends one message. Never rejects; no reason names the address or the token. */
export async function post(target: WebhookTarget, body: string, signal: AbortSignal): Promise<AlarmDelivery> {
  const { url, token } = target;
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'weir',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      body,
      // The token is for this address only.
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    await response.body?.cancel();
    const { status } = response;
    if (response.ok) return { sent: true };
    const afterMs = Number(response.headers.get('retry-after') ?? '') * 1_000;
    const again = status === 408 || status === 429 || status >= 500;
    return {
      sent: false,
      why: `it answered ${status}${status >= 300 && status < 400 ? ', and redirects are not followed' : ''}`,
      again,
      ...(afterMs > 0 ? { afterMs: Math.min(afterMs, LONGEST_RETRY_AFTER_MS) } : {}),
    };
  } catch (error) {
    return { sent: false, why: reasonOf(error), again: true };
  }
}

const LONGEST_RETRY_AFTER_MS = 300_000;

/** The system's code, such as ECONNREFUSED: messages of fetch may name the address. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'it cannot be reached';
  if (error.name === 'TimeoutError') return `it did not answer within ${TIMEOUT_MS / 1_000} s`;
  if (error.name === 'AbortError') return STOPPED;
  const { cause } = error;
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  return typeof code === 'string' ? `it cannot be reached (${code})` : 'it cannot be reached';
}

const patientSleep = (ms: number, signal: AbortSignal): Promise<void> =>
  delay(ms, undefined, { signal, ref: false }).catch(() => undefined);
