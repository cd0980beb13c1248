/**
 * How many rows a run says that it may hold unwritten. The store knows this number before so many are held, so that whoever
 * finds the run dead can say what was lost at most; and it is far less than all that a run may ever hold.
 */
export interface AnnouncedRoom {
  /** What the run announces, at most its capacity. */
  readonly announced: number;
  /** Whether so many held rows ask for more room. Then `announced` is larger already, and must be written. */
  outgrown(held: number): boolean;
  /** Looks back at the time since the last call: room that was not needed is given up. @returns what to announce now. */
  settle(held: number): number;
}

const LEAST_ROOM = 64;
/** The room is at least twice what is held: the rest may be used before the store has heard of more. */
const HEADROOM = 2;

export function createAnnouncedRoom(capacity: number): AnnouncedRoom {
  let announced = Math.min(capacity, LEAST_ROOM);
  let peak = 0;
  return {
    get announced() {
      return announced;
    },
    outgrown(held) {
      if (held > peak) peak = held;
      if (held * HEADROOM <= announced || announced === capacity) return false;
      announced = Math.min(capacity, announced * HEADROOM ** 2);
      return true;
    },
    settle(held) {
      const needed = Math.max(LEAST_ROOM, HEADROOM * Math.max(peak, held));
      // Room that is given up too soon must be announced again.
      if (announced > needed * HEADROOM) announced = Math.min(capacity, needed * HEADROOM);
      peak = held;
      return announced;
    },
  };
}
