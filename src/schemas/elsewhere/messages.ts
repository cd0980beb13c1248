import type { NotJudgedReason } from '../judgement.ts';

/** What the gateway asks the process that judges; one question at a time. */
export interface SchemaQuestion {
  /** Which schema; the process keeps those that it was given until they are dropped. */
  id: number;
  /** The schema's text, where the process does not have it. */
  schema?: string;
  /** The JSON text of the value. */
  value: string;
  /** Schemas that are not needed any more once this is answered. */
  drop?: readonly number[];
}

/** The first message says that the process is ready; every other answers a question. */
export type SchemaAnswer = 'ready' | 'fits' | 'does_not_fit' | NotJudgedReason;

export const READY: SchemaAnswer = 'ready';
