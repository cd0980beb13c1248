/** What waits for its turn, shared fairly between those who sent it. */
export interface FairQueue<Item> {
  readonly size: number;
  /** Adds the last of its sender's. @returns what has to be dropped for it, perhaps the item itself. */
  add(sender: string, item: Item, characters: number): Item[];
  /** Takes the oldest item of the sender who has had the least time so far; `undefined` where nothing waits. */
  take(): { sender: string; item: Item } | undefined;
  /** An item that was taken has ended after so long. */
  ended(sender: string, ms: number): void;
  /** Takes everything. */
  clear(): Item[];
}

export interface QueueLimits {
  items: number;
  characters: number;
}

interface Sender<Item> {
  waiting: { item: Item; characters: number }[];
  characters: number;
  running: number;
  /** Milliseconds that its items took. */
  usedMs: number;
}

/**
 * Time is shared, not turns: who sends what takes long is served more rarely. Where the queue is full, the newest item of the
 * sender with the most in it is dropped, so nobody is pushed out by another who sends more.
 */
export function createFairQueue<Item>(limits: QueueLimits): FairQueue<Item> {
  /** Those with something that waits or runs. */
  const senders = new Map<string, Sender<Item>>();
  let size = 0;
  let characters = 0;

  function senderOf(name: string): Sender<Item> {
    const known = senders.get(name);
    if (known !== undefined) return known;
    // Nobody saves up time while nothing of theirs waits, and nobody begins with a debt.
    const usedMs = Math.min(...[...senders.values()].map((sender) => sender.usedMs));
    const sender = { waiting: [], characters: 0, running: 0, usedMs: Number.isFinite(usedMs) ? usedMs : 0 };
    senders.set(name, sender);
    return sender;
  }

  function forgetIdle(name: string, { waiting, running }: Sender<Item>): void {
    if (waiting.length === 0 && running === 0) senders.delete(name);
  }

  function remove(sender: Sender<Item>, from: 'oldest' | 'newest'): Item | undefined {
    const entry = from === 'oldest' ? sender.waiting.shift() : sender.waiting.pop();
    if (entry === undefined) return undefined;
    size -= 1;
    characters -= entry.characters;
    sender.characters -= entry.characters;
    return entry.item;
  }

  /** The sender of which something is dropped: of several with as much, the one that added last. */
  function fullest(added: string): [string, Sender<Item>] | undefined {
    const by = (sender: Sender<Item>): number =>
      characters > limits.characters ? sender.characters : sender.waiting.length;
    let most: [string, Sender<Item>] | undefined;
    for (const entry of senders)
      if (
        most === undefined ||
        by(entry[1]) > by(most[1]) ||
        (by(entry[1]) === by(most[1]) && entry[0] === added)
      )
        most = entry;
    return most;
  }

  return {
    get size() {
      return size;
    },
    add(name, item, length) {
      const sender = senderOf(name);
      sender.waiting.push({ item, characters: length });
      sender.characters += length;
      size += 1;
      characters += length;
      const dropped: Item[] = [];
      while (size > limits.items || characters > limits.characters) {
        const [from, most] = fullest(name) ?? [name, sender];
        const one = remove(most, 'newest');
        if (one === undefined) break;
        dropped.push(one);
        forgetIdle(from, most);
      }
      return dropped;
    },
    take() {
      let next: [string, Sender<Item>] | undefined;
      for (const entry of senders) {
        const [, sender] = entry;
        if (sender.waiting.length === 0) continue;
        const isLess =
          next === undefined ||
          sender.running < next[1].running ||
          (sender.running === next[1].running && sender.usedMs < next[1].usedMs);
        if (isLess) next = entry;
      }
      if (next === undefined) return undefined;
      const [name, sender] = next;
      const item = remove(sender, 'oldest');
      if (item === undefined) return undefined;
      sender.running += 1;
      return { sender: name, item };
    },
    ended(name, ms) {
      const sender = senders.get(name);
      if (sender === undefined) return;
      sender.running -= 1;
      sender.usedMs += ms;
      forgetIdle(name, sender);
    },
    clear() {
      const items: Item[] = [];
      for (const [name, sender] of senders) {
        for (let item = remove(sender, 'oldest'); item !== undefined; item = remove(sender, 'oldest'))
          items.push(item);
        forgetIdle(name, sender);
      }
      return items;
    },
  };
}
