import { randomFillSync } from 'node:crypto';
import { v7 } from 'uuid';
import type { ClientRequest } from '../protocol/common/chat.ts';
import type { Protocol } from '../protocol/protocol.ts';
import type { Attempt } from '../routing/attempt.ts';
import type { RequestView } from '../routing/setting.ts';
import type { Expectations } from '../routing/checks/expectations.ts';
import type { ReadAnswer } from '../upstream/answer-reader.ts';
import type { Need } from '../upstream/needs.ts';
import type { HeldAnswer } from '../upstream/held-answer.ts';
import type { Holding } from '../wire/http-message.ts';
import type { AuditDraw } from './audit-draw.ts';
import type { ServedRoute } from './served-route.ts';

/** One request on its way. */
export interface RequestState {
  readonly asked: ReceivedRequest;
  readonly progress: RequestProgress;
  /** Ends everything that is done for this request; its reason says why. */
  readonly abort: AbortController;
  /** What it holds in memory; absent where nobody counts. */
  readonly holding?: Holding;
  /** Why its tiers are asked in the background, where they are; absent while a client waits. */
  readonly audit?: 'certification' | 'learning';
}

/** What the client asked, and what that means here: it does not change. */
export interface ReceivedRequest {
  /** UUIDv7. */
  readonly id: string;
  /** The answer's id for the client: the protocol's prefix and the id. */
  readonly answerId: string;
  readonly requestId: string;
  readonly tenant: string;
  /** The id of the API key; empty where none is needed. */
  readonly keyId: string;
  readonly protocol: Protocol;
  readonly request: ClientRequest;
  /** What answers it: of an observed request, the last tier alone. */
  readonly route: ServedRoute;
  /** The route with all its tiers, where the request is observed: `route` has only the last of them. */
  readonly ladder?: ServedRoute;
  /** What it needs that not every model has. */
  readonly needs: readonly Need[];
  /** What the policy of all tiers may know of it. */
  readonly view: RequestView;
  /** What is settled of its audit. */
  readonly draw: AuditDraw;
  /** What an answer must hold to. */
  readonly expected: Expectations;
  /** The decision and its reasons are wanted in the answer's body. */
  readonly explain: boolean;
  /** Milliseconds since the epoch. */
  readonly createdAtMs: number;
  /** `performance.now()` at the beginning. */
  readonly startedMs: number;
}

/** What has happened so far. */
export interface RequestProgress {
  /** In order of asking, as the cascade has them. */
  readonly attempts: Attempt[];
  /** By call id. */
  readonly answers: Map<number, GivenAnswer>;
  /** Parameters of the client that a tier does not take, by call id. */
  readonly dropped: Map<number, readonly string[]>;
  /** Milliseconds until the client had the first characters of its answer. */
  ttftMs?: number;
  /** The tier whose answer is live, once it was asked. */
  liveTier?: number;
  /** It is in the record: nothing is recorded twice. */
  finished: boolean;
  /** The error body of the upstream that rejected the request last. */
  rejection?: unknown;
}

/** An answer: what was read of it, and its own text for the client's protocol to render. */
export interface GivenAnswer {
  read: ReadAnswer;
  /** Absent where the text is not needed any more: in the background. */
  held?: HeldAnswer;
  /** Headers of the upstream's response. */
  headers: Readonly<Record<string, string>>;
}

/** The client has disconnected. The status is nginx's. */
export class ClientGone extends Error {
  readonly status = 499;
  constructor() {
    super('The client closed the connection before its answer was complete.');
    this.name = 'ClientGone';
  }
}

/** The client went away before its answer was complete. */
export function isGone({ abort }: RequestState): boolean {
  return abort.signal.reason instanceof ClientGone;
}

const BYTES_AN_ID = 16;
/** Fetching random bytes costs more than making an id of them: they are fetched for many at a time. */
const pool = new Uint8Array(256 * BYTES_AN_ID);
let used = pool.length;
let lastMs = 0;
let sequence = 0;

/** A UUIDv7 (RFC 9562), greater than every one before it in this process; its last 48 bits are random. */
export function newId(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const random = pool.subarray(used, (used += BYTES_AN_ID));
  const nowMs = Date.now();
  if (nowMs > lastMs) {
    lastMs = nowMs;
    // Half of the range, so that counting on does not run over within a millisecond.
    sequence = ((((random[0] ?? 0) << 16) | ((random[1] ?? 0) << 8) | (random[2] ?? 0)) << 7) >>> 1;
  } else sequence += 1;
  return v7({ random, msecs: lastMs, seq: sequence });
}
