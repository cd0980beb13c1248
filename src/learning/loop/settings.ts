import type { Version } from '../../routing/version.ts';
import type { RunLengths } from './watch/alarm.ts';

/** How a route is to learn, as its configuration says. */
export interface LoopSettings {
  route: string;
  tiers: Version['tiers'];
  objective: { maxQualityLoss: number; certainty: number };
  /** Whether a certified version is put in force at once, or only after an operator approves it. */
  promote: 'automatic' | 'approve';
  /** What certificates say of the requests, and of who scored the answers. */
  source: string;
  scorer: string;
  /** By tier, the hash of the address at which it is asked; absent if unknown. */
  servers?: Readonly<Record<string, string>>;
  /** The judge, if the scorer uses one: its model, how and where (a hash) it is asked, and a hash of its prompt. */
  judge?: { model: string; asked?: string; server?: string; prompt: string };
  runLengths: RunLengths;
}
