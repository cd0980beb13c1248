import { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';

/** The thread behind `createCheckpointer`: one checkpoint for each message, on a connection of its own. */
const database = new DatabaseSync(String(workerData));
database.exec('pragma synchronous = normal');

// `passive` never makes the writer wait, and leaves what a reader still needs for the next time.
parentPort?.on('message', () => database.exec('pragma wal_checkpoint(passive)'));
