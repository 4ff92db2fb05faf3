// One half of the simulation's seeds; the other runs beside it.
import { describeSeeds } from './seeds.ts';

describeSeeds(0);
