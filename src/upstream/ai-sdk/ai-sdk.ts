import type { Dialect } from '../dialect.ts';
import { openAiCompatible } from '../openai-compatible/openai-compatible.ts';
import { probeAbilities } from '../openai-compatible/probe-abilities.ts';
import { probeModel } from '../openai-compatible/probe.ts';
import { unsaidIn } from './call-options.ts';
import { installLine } from './failures.ts';
import { SDK_PROVIDERS, type SdkProvider } from './providers.ts';
import { isInstalled } from './sdk-package.ts';
import { createSdkUpstream } from './sdk-upstream.ts';

/** Providers whose own APIs a package of the AI SDK translates: to the rest of Weir they speak the common form. */
export const AI_SDK_DIALECTS: readonly Dialect[] = SDK_PROVIDERS.map(dialectOf);

function dialectOf(provider: SdkProvider): Dialect {
  const { passesThrough: _, ...common } = openAiCompatible;
  return {
    ...common,
    name: provider.name,
    logprobs: 'none',
    createUpstream: (options) => createSdkUpstream(options, provider),
    writeRequest(request, tier, how) {
      const { dropped, ...written } = openAiCompatible.writeRequest(request, tier, how);
      const unsaid = unsaidIn(request.chat, provider.without(request.chat, tier.model));
      return { ...written, dropped: [...new Set([...dropped, ...unsaid])] };
    },
    refusesLogprobs: () => false,
    refusesStreamUsage: () => false,
    probe: async (upstream, model, signal) =>
      probeAbilities(upstream, model, await probeModel(upstream, model, signal, 'without'), signal),
    missing(upstream, environment) {
      if (!isInstalled(provider.package))
        return `${provider.title} is reached through the package ${provider.package}; ${installLine(provider.package)}`;
      const lacking = provider.lacks(upstream, environment);
      return lacking === undefined ? undefined : `${provider.title} needs credentials: ${lacking}`;
    },
  };
}
