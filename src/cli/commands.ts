// The commands, in the order of help.
import type { Command } from './command.ts';
import { queryCommand } from './query.ts';

export const COMMANDS: readonly Command[] = [queryCommand];
