// The commands, in the order of help.
import { auditCommand } from './audit.ts';
import { checkCommand } from './check.ts';
import type { Command } from './command.ts';
import { demoCommand } from './demo.ts';
import { landCommand } from './land.ts';
import { quarantineCommand } from './quarantine.ts';
import { queryCommand } from './query.ts';
import { showCommand } from './show.ts';
import { tablesCommand } from './tables.ts';

export const COMMANDS: readonly Command[] = [
  demoCommand,
  checkCommand,
  landCommand,
  tablesCommand,
  showCommand,
  queryCommand,
  auditCommand,
  quarantineCommand,
];
