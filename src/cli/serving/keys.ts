import type { Command } from 'commander';
import { createKeyring, type Keyring } from '../../access/keys.ts';
import { createSecret } from '../../access/secret.ts';
import { isoDay } from '../../format/time.ts';
import type { Store } from '../../store/contract/store.ts';
import { openSaying } from '../common/open-store.ts';
import { withExistingStore } from '../common/existing-store.ts';
import { failed, withOpen } from '../common/exit.ts';
import { JSON_OPTION, STORE_CONFIG_OPTION } from '../common/options.ts';
import { print, printJson, printLines, say, textTable } from '../common/output.ts';
import { confirmAtTerminal, isAtTerminal } from '../common/ask-at-terminal.ts';
import { chooseTarget, type Target } from '../common/choose-target.ts';

interface Options {
  config?: string;
  json: boolean;
}

/** Every key belongs to this tenant; there are no others yet. */
const TENANT = 'default';

export function registerKeys(program: Command): void {
  const keys = program
    .command('keys')
    .description(
      'Create, list and revoke API keys. As soon as the first key has been created, every request needs one.',
    )
    .helpCommand(false);
  keys
    .command('create')
    .summary('create an API key')
    .description(
      'Create an API key and print it. It is shown only once: the store keeps a hash. From the first key on, every request needs one, even after all keys are revoked.',
    )
    .option(...STORE_CONFIG_OPTION)
    .option('--name <name>', 'what the key is for', 'key')
    .option('--operator', 'let the key do what concerns all tenants', false)
    .option(...JSON_OPTION)
    .action((options: Options & { name: string; operator: boolean }) =>
      withKeys(options, (ring) => create(ring, options)),
    );
  keys
    .command('list')
    .summary('list the API keys')
    .description('List all API keys, revoked ones included, without anything that would let you use them.')
    .option(...STORE_CONFIG_OPTION)
    .option(...JSON_OPTION)
    .action((options: Options) => withExistingKeys(options, (ring, target) => list(ring, target, options)));
  keys
    .command('revoke')
    .summary('revoke an API key')
    .description('Revoke an API key. A running gateway notices within seconds.')
    .argument('<id>', 'id or first characters of the key, as `weir keys list` shows them')
    .option(...STORE_CONFIG_OPTION)
    .action((id: string, options: { config?: string }) =>
      withExistingKeys(options, (ring, target) => revoke(ring, target, id)),
    );
}

type OnKeys = (keys: Keyring, target: Target) => Promise<void>;

/** Works on the keys of a store, which is created if it is missing: the first key may come before the first start. */
async function withKeys({ config: named }: { config?: string }, work: OnKeys): Promise<void> {
  const target = await chooseTarget(named);
  await withOpen(
    () => openSaying(target.config.store),
    (store) => onKeysOf(store, target, work),
  );
}

async function withExistingKeys({ config: named }: { config?: string }, work: OnKeys): Promise<void> {
  const target = await chooseTarget(named);
  await withExistingStore(target.config.store, (store) => onKeysOf(store, target, work), target.file);
}

async function onKeysOf(store: Store, target: Target, work: OnKeys): Promise<void> {
  const secret = createSecret({ environment: process.env, store });
  await work(await createKeyring({ store, secret, clock: Date.now }), target);
}

async function create(
  keys: Keyring,
  { name, operator, json }: Options & { name: string; operator: boolean },
): Promise<void> {
  const isFirst = !(await keys.required());
  const { key, ...about } = await keys.create({ name, operator, tenant: TENANT });
  if (isFirst)
    say(
      `This is the first key: from now on every request to a gateway on this store needs one (one that runs notices within a second). That stays so even after all keys are revoked.`,
    );
  if (json) return printJson({ key, ...about });
  say('Store this key now: it is not shown again. Clients send it as `Authorization: Bearer …`.');
  print(key);
}

async function list(keys: Keyring, { typed }: Target, { json }: Options): Promise<void> {
  const all = await keys.list();
  if (json) return printJson(all);
  if (all.length === 0)
    return say(
      `There are no API keys, so only this machine may send requests. ${typed('keys create')} makes one.`,
    );
  const day = (ms: number | undefined): string => (ms === undefined ? '' : isoDay(ms));
  const rows = all.map((key) => [
    key.id,
    key.prefix,
    key.name,
    key.operator ? 'operator' : 'user',
    day(key.createdAtMs),
    day(key.revokedAtMs),
  ]);
  printLines(textTable(['id', 'begins with', 'name', 'role', 'created', 'revoked'], rows));
}

async function revoke(keys: Keyring, { typed }: Target, id: string): Promise<void> {
  const inForce = (await keys.list()).filter(({ revokedAtMs }) => revokedAtMs === undefined);
  const follows = `then every request to a gateway on this store is refused, also from this machine, until ${typed('keys create')} makes another`;
  const [only] = inForce;
  const isLast = inForce.length === 1 && only !== undefined && (only.id === id || only.prefix === id);
  if (isLast && isAtTerminal())
    if (!(await confirmAtTerminal(`This is the last key in force: ${follows}. Revoke it?`)))
      throw failed('Nothing was done.');
  if (!(await keys.revoke(id)))
    throw failed(
      `No active key has the id '${id}' or begins with '${id}'. ${typed('keys list')} shows all keys.`,
    );
  print(`${id} is revoked.`);
  if (inForce.length === 1) say(`It was the last key in force. No key is: ${follows.replace(/^then /, '')}.`);
}
