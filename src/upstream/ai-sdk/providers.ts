import { defined } from '../../defined.ts';
import type { ChatRequest } from '../../protocol/common/chat.ts';
import { statusOfErrorWithin } from '../anthropic/refusals.ts';
import type { ServerApi } from '../transport/http-upstream.ts';
import type { UpstreamOptions } from '../upstream.ts';
import { unsaidToConverse, withToolsKept } from './converse.ts';
import { isInstalled, loadPackage } from './sdk-package.ts';
import type { CallOptions } from './sdk-types.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** An upstream as its configuration has it. */
interface ReadUpstream {
  baseUrl: string;
  /** The file has a key, or the environment through a preset. */
  hasKey: boolean;
}

/** A provider that is reached through a package of the AI SDK. */
export interface SdkProvider {
  /** As the dialect is called. */
  readonly name: string;
  readonly title: string;
  readonly package: string;
  /** What of it is loaded; absent: the whole. */
  readonly module?: string;
  /** The package's function that makes an instance. */
  readonly create: string;
  /** Variables of the environment that hold credentials. */
  readonly secrets: readonly string[];
  /** What it needs beside an address and a key. */
  settings(options: UpstreamOptions, environment: Environment): Promise<Record<string, unknown>>;
  /** Parameters that this model is not told in this request. @param model the provider's own name for it. */
  without(chat: ChatRequest, model: string): readonly string[];
  /** Mends a request that the package would write in another sense; absent where it does not. */
  adapt?(options: CallOptions): CallOptions;
  /** As of servers of OpenAI's API, where it is absent. */
  statusOfErrorInside?: ServerApi['statusOfErrorInside'];
  /** What is to be set where no credentials can be found, as the end of a sentence. */
  lacks(upstream: ReadUpstream, environment: Environment): string | undefined;
}

/** Reads profiles, roles of machines and containers, and so on: the rest of what AWS's own tools know. */
const AWS_CREDENTIALS = '@aws-sdk/credential-providers';

const BEARER = 'AWS_BEARER_TOKEN_BEDROCK';
const AWS_KEYS = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'];

const bedrock: SdkProvider = {
  name: 'ai-sdk/bedrock',
  title: 'Amazon Bedrock',
  package: '@ai-sdk/amazon-bedrock',
  create: 'createAmazonBedrock',
  secrets: [BEARER, 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'],
  async settings({ baseUrl, apiKey }, environment) {
    const region = awsRegion(baseUrl, environment);
    if (apiKey !== undefined || has(environment, BEARER) || has(environment, ...AWS_KEYS)) return { region };
    const { fromNodeProviderChain } = loadPackage(AWS_CREDENTIALS);
    return {
      region,
      credentialProvider: typeof fromNodeProviderChain === 'function' ? fromNodeProviderChain() : undefined,
    };
  },
  without: unsaidToConverse,
  adapt: withToolsKept,
  lacks({ baseUrl, hasKey }, environment) {
    if (hasKey || has(environment, BEARER)) return undefined;
    if (!has(environment, ...AWS_KEYS) && !isInstalled(AWS_CREDENTIALS))
      return `set ${BEARER}, or ${AWS_KEYS.join(' and ')}; for profiles and roles, npm install ${AWS_CREDENTIALS}`;
    return awsRegion(baseUrl, environment) === undefined
      ? 'set AWS_REGION, because requests are signed for a region and the `baseUrl` names none'
      : undefined;
  },
};

function awsRegion(baseUrl: string, environment: Environment): string | undefined {
  const ofAddress = /^https:\/\/bedrock-runtime(?:-fips)?\.([\w-]+)\.amazonaws\.com/.exec(baseUrl)?.[1];
  return ofAddress ?? environment['AWS_REGION'] ?? environment['AWS_DEFAULT_REGION'];
}

function has(environment: Environment, ...names: readonly string[]): boolean {
  return names.every((name) => (environment[name] ?? '') !== '');
}

const vertex: SdkProvider = {
  name: 'ai-sdk/vertex',
  title: 'Google Vertex AI',
  package: '@ai-sdk/google-vertex',
  create: 'createVertex',
  secrets: ['GOOGLE_VERTEX_API_KEY'],
  settings: (_, environment) => {
    const project = environment['GOOGLE_VERTEX_PROJECT'];
    return Promise.resolve({
      ...defined({ project, location: environment['GOOGLE_VERTEX_LOCATION'] }),
      // Else it is looked up, at a server of Google's.
      ...(project === undefined ? {} : { googleAuthOptions: { projectId: project } }),
    });
  },
  without: () => [],
  // Google's library finds them: a file, the tools of Google Cloud, or the machine itself.
  lacks: () => undefined,
};

const vertexAnthropic: SdkProvider = {
  ...vertex,
  name: 'ai-sdk/vertex-anthropic',
  title: 'Claude on Google Vertex AI',
  module: '@ai-sdk/google-vertex/anthropic',
  create: 'createVertexAnthropic',
  secrets: [],
  without: unsaidToConverse,
  adapt: withToolsKept,
  statusOfErrorInside: statusOfErrorWithin,
};

const google: SdkProvider = {
  name: 'ai-sdk/google',
  title: "Google's Gemini API",
  package: '@ai-sdk/google',
  create: 'createGoogleGenerativeAI',
  secrets: ['GOOGLE_GENERATIVE_AI_API_KEY'],
  settings: () => Promise.resolve({}),
  without: () => [],
  lacks: ({ hasKey }, environment) =>
    hasKey || has(environment, 'GOOGLE_GENERATIVE_AI_API_KEY')
      ? undefined
      : 'set GOOGLE_GENERATIVE_AI_API_KEY, or write `apiKey`',
};

/** Every provider that is reached so. */
export const SDK_PROVIDERS: readonly SdkProvider[] = [bedrock, vertex, vertexAnthropic, google];
