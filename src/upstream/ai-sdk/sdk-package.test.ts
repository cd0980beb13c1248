import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { failureOf } from '../testing.ts';
import { SDK_PROVIDERS } from './providers.ts';
import { isInstalled } from './sdk-package.ts';
import { createSdkUpstream } from './sdk-upstream.ts';
import { asks } from './testing.ts';

/** Runs in a folder in which a package of this name has this text. */
function inFolderWith(t: TestContext, name: string, text: string): void {
  const before = process.cwd();
  const folder = mkdtempSync(join(tmpdir(), 'weir-packages-'));
  t.after(() => {
    process.chdir(before);
    rmSync(folder, { recursive: true });
  });
  const home = join(folder, 'node_modules', name);
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, 'package.json'), JSON.stringify({ name, type: 'module', exports: './index.js' }));
  writeFileSync(join(home, 'index.js'), text);
  process.chdir(folder);
}

const [bedrock] = SDK_PROVIDERS;

async function failureWith(packageName: string): Promise<{ message: string; code: string }> {
  assert.ok(bedrock !== undefined);
  const options = { name: 'far', baseUrl: 'http://127.0.0.1:9', location: 'cloud', apiKey: 'k' } as const;
  const upstream = createSdkUpstream(options, { ...bedrock, package: packageName, create: 'create' });
  try {
    return await failureOf(upstream.chat(asks()));
  } finally {
    await upstream.close();
  }
}

test('a package is found in the folder in which Weir runs, and where it is missing it is said what to install', async (t) => {
  assert.equal(isInstalled('weir-test-found'), false);
  const missing = await failureWith('weir-test-found');
  assert.equal(missing.code, 'upstream_error');
  assert.match(
    missing.message,
    /weir-test-found is not installed; install it .*: npm install weir-test-found/,
  );
  inFolderWith(t, 'weir-test-found', 'export const found = true;');
  assert.equal(isInstalled('weir-test-found'), true);
});

test('a package of another version is refused by name', async (t) => {
  inFolderWith(t, 'weir-test-old', "export const create = () => ({ specificationVersion: 'v2' });");
  assert.match(
    (await failureWith('weir-test-old')).message,
    /weir-test-old follows version 'v2' of the AI SDK/,
  );
});

test('a package that has another interface is refused by name', async (t) => {
  inFolderWith(t, 'weir-test-other', 'export const make = 1;');
  assert.match((await failureWith('weir-test-other')).message, /weir-test-other has no 'create'/);
});
