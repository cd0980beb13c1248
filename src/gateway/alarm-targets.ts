import { hostname } from 'node:os';
import { sendTestAlarm } from '../alarms/alarms.ts';
import type { AlarmDelivery, WebhookTarget } from '../alarms/webhook.ts';
import { isLoopback } from '../upstream/transport/loopback.ts';
import type { Config } from '../config/schema/schema.ts';
import { defined } from '../defined.ts';

export type { AlarmDelivery };

/** Whom a configuration tells of alarms. */
export function alarmTargets({ alarms }: Config): WebhookTarget[] {
  return alarms.map(({ webhook, token, format }) =>
    defined({ url: webhook.reveal(), token: token?.reveal(), format }),
  );
}

/** Which gateway this is, for people: the configured address, with this machine's name where it names none. */
export function gatewayAddress({ listen: { host, port } }: Config): string {
  return `${isLoopback(host) ? hostname() : host}:${port}`;
}

/** Sends a test to everybody whom a configuration tells of alarms, in its order. Never rejects. */
export function testAlarms(config: Config): Promise<AlarmDelivery[]> {
  return Promise.all(
    alarmTargets(config).map((target) => sendTestAlarm(target, gatewayAddress(config), Date.now())),
  );
}
