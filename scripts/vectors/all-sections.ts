// Every section of the vectors file with its check.
import type { Section } from './sections.ts';
import { VALUE_SECTIONS } from './value-sections.ts';

export const SECTIONS: Readonly<Record<string, Section>> = { ...VALUE_SECTIONS };
