/** Loaded into a gateway under test (`node --import`): trouble that no input can be relied on to make, at signals. */
import { closeSync, openSync } from 'node:fs';

process.on('SIGWINCH', () => {
  throw new Error('an exception of the test');
});
process.on('SIGIO', () => void Promise.reject(new Error('a rejection of the test')));

/** Takes every descriptor that is left, those that become free too, and gives them back at the next signal. */
const taken: number[] = [];
let taking: NodeJS.Timeout | undefined;
process.on('SIGPWR', () => {
  if (taking === undefined) {
    takeAll();
    process.stdout.write('no descriptor is left\n');
    taking = setInterval(takeAll, 10);
    return;
  }
  clearInterval(taking);
  taken.splice(0).forEach((each) => closeSync(each));
});

function takeAll(): void {
  try {
    for (;;) taken.push(openSync('/dev/null', 'r'));
  } catch {
    // None is left.
  }
}
