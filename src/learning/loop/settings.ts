import type { Version } from '../../routing/version.ts';
import type { RunLengths } from './alarm.ts';

/** What is asked of a route's learning. */
export interface LoopSettings {
  route: string;
  tiers: Version['tiers'];
  objective: { maxQualityLoss: number; certainty: number };
  /** Put in force by itself what was certified, or only after an operator's word. */
  promote: 'automatic' | 'approve';
  /** What certificates say of the requests, and of who judges. */
  source: string;
  scorer: string;
  /** Hashes of the addresses at which tiers are asked, by tier; absent where they are not known. */
  servers?: Readonly<Record<string, string>>;
  /** The judge among these, where there is one: its model, how and where (a hash) it is asked, and a hash of its prompt. */
  judge?: { model: string; asked?: string; server?: string; prompt: string };
  runLengths: RunLengths;
}
