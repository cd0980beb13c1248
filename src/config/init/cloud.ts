import { nearest } from '../load/suggest.ts';
import { PRESETS, type Preset } from '../presets.ts';

/** A provider whose API a ladder may end with, once the user has allowed it. */
export type CloudProvider = Preset & Required<Pick<Preset, 'baseUrl' | 'model' | 'variable'>>;

export const CLOUD_PROVIDERS: readonly CloudProvider[] = PRESETS.filter(
  (preset): preset is CloudProvider =>
    preset.baseUrl !== undefined && preset.model !== undefined && preset.variable !== undefined,
);

/** The providers whose API key is set in the environment. The keys themselves are not read. */
export function cloudKeys(environment: Readonly<Record<string, string | undefined>>): CloudProvider[] {
  return CLOUD_PROVIDERS.filter(({ variable }) => (environment[variable] ?? '') !== '');
}

/** Providers whose key is set and that no ladder can be ended with by itself: the user writes them. */
export function byHand(environment: Readonly<Record<string, string | undefined>>): Preset[] {
  return PRESETS.filter(
    ({ model, variable }) =>
      model === undefined && variable !== undefined && (environment[variable] ?? '') !== '',
  );
}

/** Why a provider that the user allowed cannot be used; undefined if it is known and its key is set. */
export function refuseYes(name: string, available: readonly CloudProvider[]): string | undefined {
  if (available.some((provider) => provider.name === name)) return undefined;
  const provider = CLOUD_PROVIDERS.find((known) => known.name === name);
  if (provider !== undefined)
    return `${provider.title} cannot be used, because ${provider.variable} is not set. Set it, or leave out --yes-cloud ${name}.`;
  const names = CLOUD_PROVIDERS.map((known) => known.name);
  const [similar] = nearest(name, names);
  return `There is no cloud provider named '${name}'. ${similar === undefined ? `Use one of: ${names.join(', ')}.` : `Did you mean '${similar}'?`}`;
}
