// `npm run -s planted:encoder`: plants each bug of planted-encoder.ts and says how it was found. Exit 1 when one was missed.
import { join } from 'node:path';
import { ENCODER_BUGS, findPlanted } from './planted-encoder.ts';

const root = join(import.meta.dirname, '../../..');
let missed = 0;
for (const bug of ENCODER_BUGS) {
  const found = await findPlanted(root, bug);
  if (!found) missed++;
  process.stdout.write(`${found ? 'caught' : 'MISSED'}  ${bug.name}${found ? ` (${found.kernel}, seed ${found.seeds})` : ''}\n`);
}
process.stdout.write(`planted encoder bugs: ${ENCODER_BUGS.length - missed} caught, ${missed} missed\n`);
process.exitCode = missed === 0 ? 0 : 1;
