import type { Dialect } from '../dialect.ts';
import { createHttpUpstream } from '../transport/http-upstream.ts';
import type { Upstream, UpstreamOptions } from '../upstream.ts';
import { openAiApi, openAiCompatible } from './openai-compatible.ts';

/**
 * OpenAI's models at Azure: the same API at other paths, with the key in a header of its own. A version of the API leads to the
 * deployment that is named like the model; without one, the API has no versions and the model stands in the body.
 */
export const azureOpenAi: Dialect = {
  ...openAiCompatible,
  name: 'azure-openai',
  createUpstream(options: UpstreamOptions): Upstream {
    const { apiVersion } = options;
    const version = apiVersion === undefined ? '' : `?api-version=${encodeURIComponent(apiVersion)}`;
    return createHttpUpstream(options, {
      ...openAiApi,
      chatPath:
        apiVersion === undefined
          ? '/openai/v1/chat/completions'
          : (model) => `/openai/deployments/${encodeURIComponent(model)}/chat/completions${version}`,
      passedPath: (path, model) =>
        apiVersion === undefined
          ? `/openai/v1${path}`
          : `/openai/deployments/${encodeURIComponent(model)}${path}${version}`,
      modelsPath: apiVersion === undefined ? '/openai/v1/models' : `/openai/models${version}`,
      keyHeaders: (apiKey) => ({ 'api-key': apiKey }),
    });
  },
};
