import type { Metrics } from '../telemetry/metrics.ts';
import type { Log } from '../telemetry/names.ts';
import { createAlarmBoard, type AlarmBoard } from './alarm-board.ts';
import { alarmBody } from './alarm-news.ts';
import { createWebhook, post, type AlarmDelivery, type Webhook, type WebhookTarget } from './webhook.ts';

export interface AlarmsOptions {
  log: Log;
  metrics: Pick<Metrics, 'alarm' | 'alarmDelivered'>;
  /** Milliseconds since the epoch. */
  now: () => number;
  /** Which of several gateways this is: a host and port. */
  gateway: string;
}

export interface AlarmCentre extends AlarmBoard {
  /** Tells these receivers from now on, in the order of the configuration; those that are new also of what is wrong already. */
  follow(targets: readonly WebhookTarget[]): void;
  /** Delivers what waits, for at most this long. Never rejects. */
  close(deadlineMs: number): Promise<void>;
}

/** For what the receivers of an earlier configuration still have to be told. */
const LAST_WORDS_MS = 5_000;

/** Alarms, and the webhooks that are told of them. */
export function createAlarms({ log, metrics, now, gateway }: AlarmsOptions): AlarmCentre {
  /** By their place in the configuration and all that it says of them. */
  let webhooks: ReadonlyMap<string, Webhook> = new Map();
  const board = createAlarmBoard({
    log,
    metrics,
    now,
    tell: (news) => webhooks.forEach((webhook) => webhook.tell(news)),
  });

  /** What is wrong already is news to a receiver that is new: it may have come to replace one that could not be reached. */
  function begin(target: WebhookTarget, index: number): Webhook {
    const place = `alarms[${index}]`;
    const webhook = createWebhook({ target, place, gateway, log, onResult: metrics.alarmDelivered });
    for (const news of board.news()) webhook.tell(news);
    return webhook;
  }

  return {
    ...board,
    follow(targets) {
      const before = webhooks;
      const following = new Map<string, Webhook>();
      targets.forEach((target, index) => {
        const key = `${index} ${JSON.stringify(target)}`;
        following.set(key, before.get(key) ?? begin(target, index));
      });
      webhooks = following;
      for (const [key, webhook] of before) if (!following.has(key)) void webhook.close(LAST_WORDS_MS);
    },
    async close(deadlineMs) {
      await Promise.all([...webhooks.values()].map((webhook) => webhook.close(deadlineMs)));
    },
  };
}

/** Sends a test to one receiver, and says what became of it. Never rejects. */
export function sendTestAlarm(target: WebhookTarget, gateway: string, nowMs: number): Promise<AlarmDelivery> {
  const news = {
    kind: 'test',
    about: 'weir alarms test',
    message: 'This is a test of `weir alarms test`: alarms reach you here. Nothing is wrong.',
    startedAtMs: nowMs,
  } as const;
  return post(target, alarmBody(news, target.format, gateway), AbortSignal.timeout(60_000));
}
