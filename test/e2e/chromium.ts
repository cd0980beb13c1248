import { existsSync } from 'node:fs';

const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** A Chromium of this machine: the one that WEIR_CHROMIUM names, else where systems put it. */
export const chromiumPath = [process.env['WEIR_CHROMIUM'], ...PLACES].find(
  (path) => path !== undefined && existsSync(path),
);
