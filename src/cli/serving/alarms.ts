import type { Command } from 'commander';
import type { AlarmDelivery } from '../../gateway/gateway.ts';
import { testAlarms } from '../../gateway/gateway.ts';
import { failed, unusable } from '../common/exit.ts';
import { CONFIG_OPTION, JSON_OPTION } from '../common/options.ts';
import { print, printJson } from '../common/output.ts';
import { useProxies } from '../common/use-proxies.ts';
import { readOwnConfig } from '../common/read-config.ts';

export function registerAlarms(program: Command): void {
  program
    .command('alarms')
    .description('Test who is told of alarms.')
    .helpCommand(false)
    .command('test')
    .summary('send a test to every receiver')
    .description(
      'Send a test alarm to every receiver under `alarms` in the configuration, and say which took it. It needs no running gateway.',
    )
    .option(...CONFIG_OPTION)
    .option(...JSON_OPTION)
    .action(run);
}

async function run({ config: file, json }: { config?: string; json: boolean }): Promise<void> {
  useProxies(process.env);
  const { found, config } = readOwnConfig(file);
  if (config.alarms.length === 0)
    throw unusable(`${found} names nobody to tell. Add \`alarms: [{ webhook: … }]\` to it.`);
  const deliveries = await testAlarms(config);
  const receivers = deliveries.map((delivery, index) => ({
    receiver: `alarms[${index}]`,
    ...shown(delivery),
  }));
  if (json) printJson({ receivers });
  else for (const { receiver, sent, why } of receivers) print(`${receiver}: ${sent ? 'took it' : why}`);
  const silent = receivers.filter(({ sent }) => !sent).map(({ receiver }) => receiver);
  if (silent.length > 0) throw failed(`These did not take the test: ${silent.join(', ')}.`);
}

function shown(delivery: AlarmDelivery): { sent: boolean; why?: string } {
  return delivery.sent ? { sent: true } : { sent: false, why: delivery.why };
}
