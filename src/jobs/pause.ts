// Waiting between attempts: for the jobs, the Iceberg core's.
export { jitteredMs, pause } from '../iceberg/pause.ts';
