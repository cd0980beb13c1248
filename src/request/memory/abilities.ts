import { commandLine } from '../../format/command-line.ts';
import { DAY_MS } from '../../format/time.ts';
import { NEED_WORDS, type Need } from '../../upstream/needs.ts';
import type { Ability } from '../../upstream/upstream.ts';

/**
 * What one model can be asked for, in one place. The configuration is believed first, then `weir doctor`, then what its server
 * refused in traffic. What was refused to one API key says something of the model only once a question of the gateway's own, or a
 * second key's request, confirms it: anyone can make a server refuse nonsense.
 */
export interface Abilities {
  /**
   * Why the model cannot have a request with these needs, as the end of a sentence; `undefined` where nothing says so.
   * @param believed `configured`: only what the operator says, where there is no other tier to ask.
   */
  obstacle(needs: readonly Need[], keyId: string, believed: 'all' | 'configured'): string | undefined;
  /** A request with these needs was answered. */
  answered(needs: readonly Need[]): void;
  /**
   * The server refused a request with these needs.
   * @returns what the model should be asked for by the gateway itself, to find out whether that was why.
   */
  refused(needs: readonly Need[], keyId: string): readonly Need[];
  /** What came of that; `undefined` where it could not be found out. */
  probed(need: Need, ability: Ability | undefined): void;
}

export interface AbilitiesOptions {
  /** `models.*.supports`. */
  configured: Partial<Record<Need, boolean>>;
  /** What `weir doctor` found, and when. */
  probe: { found: Partial<Record<Need, Ability>>; atMs: number } | undefined;
  /** Milliseconds since the epoch. */
  now: () => number;
}

/** What `weir doctor` found is believed for so long. */
export const PROBE_HOLDS_MS = 30 * DAY_MS;
/** What was learned in traffic is believed for so long; then one request tries again. */
export const REFUSAL_HOLDS_MS = 3_600_000;
/** Refusals in a row after which a key's own requests are not tried again, where nothing was confirmed. */
const OWN_REFUSALS = 2;
/** More keys than these are not told apart. */
const MOST_KEYS = 1_000;

interface Refusals {
  /** The first of them. */
  sinceMs: number;
  byKey: Map<string, number>;
  /** What the gateway's own question found; absent while nobody has asked, or nothing was found. */
  probed?: Ability;
  probing: boolean;
}

/** Made anew with the configuration: a change of it forgets what was learned. */
export function createAbilities({ configured, probe, now }: AbilitiesOptions): Abilities {
  const refusals = new Map<Need, Refusals>();

  function learned(need: Need): Refusals | undefined {
    const known = refusals.get(need);
    if (known === undefined || now() - known.sinceMs < REFUSAL_HOLDS_MS) return known;
    refusals.delete(need);
    return undefined;
  }

  function doctorSaid(need: Need): Ability | undefined {
    return probe !== undefined && now() - probe.atMs < PROBE_HOLDS_MS ? probe.found[need] : undefined;
  }

  function why(need: Need, keyId: string, believed: 'all' | 'configured'): string | undefined {
    const set = configured[need];
    if (set !== undefined) return set ? undefined : '`models.*.supports` says so';
    if (believed === 'configured') return undefined;
    const said = doctorSaid(need);
    if (said !== undefined)
      return said === 'refused' ? `${commandLine('doctor')} found that its server refuses them` : undefined;
    const known = learned(need);
    if (known === undefined) return undefined;
    if (known.probed !== undefined)
      return known.probed === 'refused' ? 'its server refused them, also when Weir itself asked' : undefined;
    if (known.byKey.size > 1) return 'its server refused them to several API keys';
    return (known.byKey.get(keyId) ?? 0) >= OWN_REFUSALS
      ? 'its server refused them to this API key'
      : undefined;
  }

  return {
    obstacle(needs, keyId, believed) {
      for (const need of needs) {
        const because = why(need, keyId, believed);
        if (because !== undefined) return `${NEED_WORDS[need]} (${because})`;
      }
      return undefined;
    },
    answered(needs) {
      if (refusals.size > 0) for (const need of needs) refusals.delete(need);
    },
    refused(needs, keyId) {
      const toProbe: Need[] = [];
      for (const need of needs) {
        if (configured[need] !== undefined || doctorSaid(need) !== undefined) continue;
        const known = learned(need) ?? { sinceMs: now(), byKey: new Map<string, number>(), probing: false };
        refusals.set(need, known);
        if (known.byKey.size < MOST_KEYS || known.byKey.has(keyId))
          known.byKey.set(keyId, (known.byKey.get(keyId) ?? 0) + 1);
        if (known.probed !== undefined || known.probing) continue;
        known.probing = true;
        toProbe.push(need);
      }
      return toProbe;
    },
    probed(need, ability) {
      const known = refusals.get(need);
      if (known === undefined || ability === undefined) return;
      // `probing` stays where nothing was found out: once an hour is enough.
      known.probed = ability;
    },
  };
}
