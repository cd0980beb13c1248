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
  /** Tells these receivers from now on, in the order of the configuration. */
  follow(targets: readonly WebhookTarget[]): void;
  /** Delivers what waits, for at most this long. Never rejects. */
  close(deadlineMs: number): Promise<void>;
}

/** For what the receivers of an earlier configuration still have to be told. */
const LAST_WORDS_MS = 5_000;

/** Alarms, and the webhooks that are told of them. */
export function createAlarms({ log, metrics, now, gateway }: AlarmsOptions): AlarmCentre {
  let webhooks: readonly Webhook[] = [];
  let followed = '';
  const board = createAlarmBoard({
    log,
    metrics,
    now,
    tell: (news) => webhooks.forEach((webhook) => webhook.tell(news)),
  });
  return {
    ...board,
    follow(targets) {
      const described = JSON.stringify(targets);
      if (described === followed) return;
      followed = described;
      for (const webhook of webhooks) void webhook.close(LAST_WORDS_MS);
      webhooks = targets.map((target, index) =>
        createWebhook({
          target,
          place: `alarms[${index}]`,
          gateway,
          log,
          onResult: metrics.alarmDelivered,
        }),
      );
    },
    async close(deadlineMs) {
      await Promise.all(webhooks.map((webhook) => webhook.close(deadlineMs)));
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
