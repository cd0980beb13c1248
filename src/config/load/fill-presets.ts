import { isPlainMap, mapOf } from './plain-map.ts';
import type { Issue } from './problem.ts';
import { presetAddress, presetNamed, type Preset } from '../presets.ts';

/**
 * Adds to a file what its presets say of upstreams and of their models, in place: only what the file does not say itself.
 * @returns what is missing still: a key, or what an address is made of.
 */
export function fillPresets(
  file: unknown,
  environment: Readonly<Record<string, string | undefined>>,
): Issue[] {
  const { upstreams, models } = mapOf(file);
  const issues: Issue[] = [];
  for (const [name, upstream] of Object.entries(mapOf(upstreams))) {
    if (!isPlainMap(upstream)) continue;
    const preset = presetNamed(upstream.preset);
    if (preset === undefined) {
      // The file is refused for it. What it would have said is not missing besides.
      if (upstream.preset !== undefined)
        fill(upstream, { location: 'cloud', baseUrl: 'https://unknown.invalid' });
      continue;
    }
    const { apiKey, headers } = upstream;
    const key = preset.variable === undefined ? '' : (environment[preset.variable] ?? '');
    const { baseUrl, missing } = presetAddress(preset, environment);
    if (upstream.baseUrl === undefined && missing.length > 0) {
      issues.push({ path: ['upstreams', name], at: 'key', message: addressMissing(preset, missing) });
      fill(upstream, { baseUrl: 'https://unknown.invalid' });
    }
    if (preset.credentials === undefined && apiKey === undefined && headers === undefined && key === '')
      issues.push({ path: ['upstreams', name], at: 'key', message: keyMissing(preset) });
    fill(upstream, {
      location: 'cloud',
      baseUrl,
      dialect: preset.dialect,
      apiKey: headers === undefined && key !== '' ? key : undefined,
    });
  }
  for (const model of Object.values(mapOf(models))) {
    if (!isPlainMap(model) || typeof model.upstream !== 'string') continue;
    const { preset, baseUrl } = mapOf(mapOf(upstreams)[model.upstream]);
    const known = presetNamed(preset);
    // Another server may stand in for the provider: it is asked as the preset says only at the provider's own address.
    if (known === undefined || baseUrl !== presetAddress(known, environment).baseUrl) continue;
    const { logprobs, maxTokensField, dropParams = [] } = known.models ?? {};
    const fixed = Object.keys(mapOf(model.params));
    const dropped = dropParams.filter((name) => !fixed.includes(name));
    fill(model, {
      logprobs,
      maxTokensField,
      dropParams: dropped.length === 0 ? undefined : [...dropped],
    });
  }
  return issues;
}

function fill(map: Record<string, unknown>, values: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(values))
    if (value !== undefined && map[name] === undefined) map[name] = value;
}

function addressMissing({ title }: Preset, missing: readonly string[]): string {
  return `${title} has an address for each region or project: set ${missing.join(' and ')} in the environment, or write \`baseUrl\``;
}

function keyMissing({ title, variable }: Preset): string {
  return `${title} needs a key: set ${variable} in the environment, or write \`apiKey\``;
}
