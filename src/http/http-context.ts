import type { Protocol } from '../protocol/protocol.ts';
import type { RequestContext } from '../request/request-context.ts';
import type { MemoryLedger } from '../request/memory/memory-ledger.ts';
import type { Log } from '../telemetry/names.ts';
import type { ApiContext } from './api/api-context.ts';

/** What the HTTP side answers with: made as a whole, and replaced as a whole. */
export interface HttpContext {
  protocols: readonly Protocol[];
  admission: AdmissionContext;
  requests: RequestContext;
  api: ApiContext;
}

/** What runs before every path needs. */
export interface AdmissionContext {
  /** @param key the client's API key. `not-required`: no key was ever made. */
  authenticate(key: string | undefined): Promise<Identity | 'not-required' | 'invalid'>;
  /** The port that requests must name in `Host` while there are no keys; `undefined` before it listens. */
  port(): number | undefined;
  /** The gateway is shutting down: no new work. */
  draining(): boolean;
  corsOrigins: readonly string[];
  /** Names in lower case under which it answers without keys, beside loopback. */
  hosts: readonly string[];
  bodyBytes: number;
  /** What requests under way hold together. */
  memory: MemoryLedger;
  log: Log;
}

/** The caller. */
export interface Identity {
  tenant: string;
  /** May use what is reserved for operators. */
  operator: boolean;
  /** The id of the API key; absent if none is needed. */
  keyId?: string;
}
