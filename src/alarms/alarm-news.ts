import { ALARM_KINDS, type AlarmKindFacts, type OperatorAlarm } from '../telemetry/alarms.ts';

/** What receivers are told of an alarm: that it is there, or that it is over. Times are milliseconds since the epoch. */
export interface AlarmNews extends OperatorAlarm {
  startedAtMs: number;
  /** Absent while it is not over. */
  endedAtMs?: number;
}

/** What a webhook's body looks like: plain JSON, or the `text` that Slack, Mattermost, Rocket.Chat and others show. */
export type AlarmFormat = 'json' | 'slack';

/** @param gateway which of several gateways it is: a host and port. */
export function alarmBody(news: AlarmNews, format: AlarmFormat, gateway: string): string {
  const { kind, about, message, startedAtMs, endedAtMs } = news;
  const { title, level }: AlarmKindFacts = ALARM_KINDS[kind];
  const page = `docs/alarms.md#${kind}`;
  if (format === 'slack') {
    const head = endedAtMs === undefined ? `Weir: ${title}` : `Weir, over: ${title}`;
    const since = new Date(startedAtMs).toISOString();
    const until = endedAtMs === undefined ? '' : ` until ${new Date(endedAtMs).toISOString()}`;
    return JSON.stringify({
      text: `*${escaped(head)}*\n${escaped(message)}\n${escaped(`${gateway}, since ${since}${until}. What to do: ${page}`)}`,
    });
  }
  return JSON.stringify({
    version: 1,
    status: endedAtMs === undefined ? 'firing' : 'resolved',
    kind,
    about,
    level,
    title,
    message,
    startsAt: new Date(startedAtMs).toISOString(),
    ...(endedAtMs === undefined ? {} : { endsAt: new Date(endedAtMs).toISOString() }),
    gateway,
    docs: page,
  });
}

/** Slack reads these three: https://docs.slack.dev/messaging/formatting-message-text#escaping */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
