#!/usr/bin/env node
'use strict';
// What `weir` is where the package is installed. Old releases of Node must be able to read it, to say that they are too old.
var oldest = 24;
var version = process.versions.node;
// Not a plain string at the import, because a checkout that was not built has no such file to check types by.
var main = '../dist/cli/main.js';

if (Number(version.split('.')[0]) >= oldest) {
  void import(main);
} else {
  var needs = 'Weir needs Node ' + oldest + ' or newer, but this is ' + version;
  process.stderr.write('weir: ' + needs + '. Install a newer one: https://nodejs.org/\n');
  process.exit(1);
}
