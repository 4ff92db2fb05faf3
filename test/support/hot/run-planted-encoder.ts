// `npm run -s planted:encoder`: plants each bug of planted-encoder.ts and says how it was found; a number
// as argument begins at that bug. Exit 1 when one was missed.
import { join } from 'node:path';
import { ENCODER_BUGS, findPlanted } from './planted-encoder.ts';

const root = join(import.meta.dirname, '../../..');
let missed = 0;
const from = Number(process.argv[2] ?? 0);
for (const bug of ENCODER_BUGS.slice(from)) {
  const found = await findPlanted(root, bug);
  if (!found) missed++;
  process.stdout.write(`${found ? 'caught' : 'MISSED'}  ${bug.name}${found ? ` (${found.kernel}, seed ${found.seeds})` : ''}\n`);
}
process.stdout.write(`planted encoder bugs: ${ENCODER_BUGS.length - from - missed} caught, ${missed} missed\n`);
process.exitCode = missed === 0 ? 0 : 1;
