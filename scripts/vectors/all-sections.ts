// Every section of the vectors file with its check.
import { REQUIRED_SECTIONS } from './required-sections.ts';
import type { Section } from './sections.ts';
import { TABLE_SECTIONS } from './table-sections.ts';
import { VALUE_SECTIONS } from './value-sections.ts';

export const SECTIONS: Readonly<Record<string, Section>> = { ...VALUE_SECTIONS, ...TABLE_SECTIONS, ...REQUIRED_SECTIONS };
