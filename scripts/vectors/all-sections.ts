// Every section of the vectors files with its check.
import { OBJECT_SECTIONS } from './object-sections.ts';
import { REQUIRED_SECTIONS } from './required-sections.ts';
import type { Section } from './sections.ts';
import { TABLE_SECTIONS } from './table-sections.ts';
import { VALUE_SECTIONS } from './value-sections.ts';

export const SECTIONS: Readonly<Record<string, Section>> = {
  ...VALUE_SECTIONS,
  ...TABLE_SECTIONS,
  ...REQUIRED_SECTIONS,
  ...OBJECT_SECTIONS,
};
