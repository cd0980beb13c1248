#!/usr/bin/env node
'use strict';
// What `weir` is where the package is installed. Old releases of Node must be able to read it, to say that they are too old.
var version = process.versions.node;
var parts = version.split('.').map(Number);
var major = parts[0] || 0;
var minor = parts[1] || 0;
// From 24.15 on, Node's SQLite is no experiment any more.
var isNewEnough = major >= 26 || (major === 24 && minor >= 15);
// Not a plain string at the import, because a checkout that was not built has no such file to check types by.
var main = '../dist/cli/main.js';

if (isNewEnough) {
  void import(main);
} else {
  var needs = 'Weir needs Node 24.15 or newer, but this is ' + version;
  process.stderr.write('weir: ' + needs + '. Install a newer one: https://nodejs.org/\n');
  process.exit(1);
}
