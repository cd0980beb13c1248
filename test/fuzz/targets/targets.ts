import type { FuzzTarget } from '../target.ts';
import { bodies } from './bodies.ts';
import { configurations } from './configurations.ts';
import { references, traces } from './files.ts';
import { logs } from './logs.ts';
import { messageBodies, messageStreams } from './messages.ts';
import { passed } from './passed.ts';
import { requests } from './requests.ts';
import { responses } from './responses.ts';
import { schemas } from './schemas.ts';
import { streams } from './streams.ts';
import { upstreamHeads } from './upstream-heads.ts';

/** Everything that is fuzzed. */
export const TARGETS: readonly FuzzTarget[] = [
  bodies,
  streams,
  messageBodies,
  messageStreams,
  schemas,
  requests,
  passed,
  responses,
  upstreamHeads,
  configurations,
  references,
  traces,
  logs,
];
