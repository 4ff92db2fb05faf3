// Why a change of schema, partitioning or sort order is refused, as one closed list of codes: what every engine could not read, or
// would read with another meaning. Each is a CommitRefusedError. Source: Iceberg specification, "Schema Evolution", "Partition
// Evolution", "Identifier Field IDs", "Default values".
import { CommitRefusedError } from '../errors.ts';

/** Code → what is true when it is given. */
export const EVOLUTION_REFUSALS = {
  'column-unknown': 'no column of that name',
  'column-exists': 'the struct has a column of that name already',
  'column-name': 'a column needs a name',
  'parent-kind': 'only structs have columns; a list or map stands for its struct element or value',
  'map-key': 'keys of a map never change: rows written before would be found under other keys',
  'collection-part': 'elements, keys and values of lists and maps are neither dropped, renamed, moved nor added',
  'required-without-default': 'rows written before have no value for a required column; give it a default (version 3)',
  'type-change': 'values written before cannot be read as that type',
  'type-version': 'the type is of a later format version than the table',
  'default-version': 'default values are of format version 3',
  'default-value': 'the default is none of the type, or a default that the column cannot have',
  'identifier-column': 'identifier columns stay, stay required, and are neither floating-point nor inside lists, maps or optional structs',
  'partition-source': 'a partition field of the table comes from the column',
  'sort-source': 'the sort order of the table has the column',
  'move-target': 'a column moves before or after another one of its own struct',
  'partition-field-unknown': 'no partition field of that name in the current spec',
  'partition-field-exists': 'the current spec has an equal or redundant partition field',
  'partition-field-name': 'the name is taken by another partition field or by a column',
  'transform-type': 'the transform cannot be applied to the column',
} as const;

export type EvolutionRefusalCode = keyof typeof EVOLUTION_REFUSALS;

/** The error of a refusal; `subject` names the column or field. */
export function evolutionRefusal(code: EvolutionRefusalCode, subject: string): CommitRefusedError {
  return new CommitRefusedError(`change refused: ${EVOLUTION_REFUSALS[code]}: ${subject.slice(0, 200)}; correct the change`, { code });
}
