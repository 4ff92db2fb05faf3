// One schema brought to what a contract's struct needs, without taking anything from other writers: columns are added at the end of
// their struct, widened or made optional; never dropped, renamed, narrowed or moved. The table's names and its wider types stay.
//
// How a contract field finds its column: by the mapping of ids; if the table has no such id there (never had, or someone dropped
// it), by its name, adopting a compatible column that another writer made; else it is added under a fresh id.
//
// A new required column of a table that has snapshots is added as optional: earlier rows have no value for it (the contract still
// enforces it for what it lands). A column the contract does not have is made optional if it is required, because files landed
// from now on do not contain it.
import type { IcebergType, NestedField, StructType } from '../contract/types.ts';
import type { FieldIds } from './field-ids.ts';
import { assignFreshIds } from './fresh-ids.ts';
import { isPromotion } from './promotions.ts';
import { childFields, withChildren } from './schema-fields.ts';
import { normalType } from './schema-json.ts';

export interface Refusal {
  readonly rule: 'incompatible-type' | 'map-key' | 'identifier-column' | 'name-taken' | 'field-ids';
  readonly message: string;
}

export interface StructEvolution {
  readonly struct: StructType;
  readonly fieldIds: FieldIds;
  readonly lastColumnId: number;
}

export interface EvolveStructRequest {
  readonly table: StructType;
  /** With contract ids. */
  readonly contract: StructType;
  readonly fieldIds: FieldIds;
  readonly lastColumnId: number;
  /** No snapshot was ever made: new required columns stay required. */
  readonly isEmpty: boolean;
  readonly identifierIds: readonly number[];
}

/** The evolved struct and mapping, or why it cannot be. Pure. */
export function evolveStruct(request: EvolveStructRequest): StructEvolution | Refusal {
  const state: State = { ...request, map: new Map(request.fieldIds), lastId: request.lastColumnId, refusal: undefined };
  const fields = mergeFields(state, { table: request.table.fields, contract: request.contract.fields, path: '' });
  if (state.refusal) return state.refusal;
  return { struct: { ...request.table, fields }, fieldIds: state.map, lastColumnId: state.lastId };
}

interface State extends EvolveStructRequest {
  readonly map: Map<number, number>;
  lastId: number;
  refusal: Refusal | undefined;
}

interface Level {
  readonly table: readonly NestedField[];
  readonly contract: readonly NestedField[];
  readonly path: string;
}

function mergeFields(state: State, level: Level): NestedField[] {
  const partners = pairUp(state, level);
  const kept = level.table.map((field) => {
    const partner = partners.get(field.id);
    return partner
      ? mergeField(state, { table: field, contract: partner, path: `${level.path}${field.name}` })
      : withoutDemand(state, field);
  });
  const paired = new Set(partners.values());
  const added = level.contract.filter((field) => !paired.has(field)).map((field) => addField(state, field));
  for (const field of added) refuseTakenName(state, { field, kept, path: level.path });
  return [...kept, ...added];
}

/** A table column renamed by another writer keeps its name and its partner; a second column of that name would end every reader. */
function refuseTakenName(
  state: State,
  added: { readonly field: NestedField; readonly kept: readonly NestedField[]; readonly path: string },
): void {
  const holder = added.kept.find((one) => one.name === added.field.name);
  if (!holder) return;
  const name = `${added.path}${added.field.name}`;
  refuse(state, 'name-taken', `column ${name} is new in the contract, but the table has that name on another of its columns; rename one`);
}

/**
 * An id that leads to a column of another name while the contract's own name is there too: the contract's field ids were lost and
 * assigned anew, or two columns changed names. Going by either would put values under the wrong name without a word (promise 9).
 */
function refuseSwappedName(state: State, level: Level, { id, field }: { readonly id: number; readonly field: NestedField }): void {
  const column = level.table.find((one) => one.id === id);
  if (column === undefined || column.name === field.name || !level.table.some((one) => one.name === field.name)) return;
  const [wanted, found] = [`${level.path}${field.name}`, `${level.path}${column.name}`];
  refuse(
    state,
    'field-ids',
    `by the contract's field ids column ${wanted} is the table's ${found}, by its name it is ${wanted}; restore the contract's .ids.json, or rename the table's columns back`,
  );
}

/** Table column id → contract field. Ids first, so that a name never steals a column that an id claims. */
function pairUp(state: State, level: Level): ReadonlyMap<number, NestedField> {
  const partners = new Map<number, NestedField>();
  const here = new Set(level.table.map((field) => field.id));
  const open: NestedField[] = [];
  for (const field of level.contract) {
    const id = state.map.get(field.id);
    if (id !== undefined && here.has(id)) {
      partners.set(id, field);
      refuseSwappedName(state, level, { id, field });
    } else open.push(field);
  }
  for (const field of open) {
    const namesake = level.table.find((one) => one.name === field.name && !partners.has(one.id));
    if (!namesake) continue;
    partners.set(namesake.id, field);
    state.map.set(field.id, namesake.id);
  }
  return partners;
}

function mergeField(
  state: State,
  pair: { readonly table: NestedField; readonly contract: NestedField; readonly path: string },
): NestedField {
  const { table, contract } = pair;
  const required = table.required && contract.required;
  if (table.required && !required) refuseIdentifier(state, table);
  return { ...table, required, type: mergeType(state, { table: table.type, contract: contract.type, path: pair.path }) };
}

function mergeType(
  state: State,
  pair: { readonly table: IcebergType; readonly contract: IcebergType; readonly path: string },
): IcebergType {
  const { table, contract, path } = pair;
  if (typeof table === 'string' || typeof contract === 'string') {
    // The table's type may be the wider one (another writer, a newer contract): files in the narrower type stay readable.
    if (isPromotion(contract, table)) return table;
    if (isPromotion(table, contract)) return normalType(contract);
    return (
      refuse(state, 'incompatible-type', `column ${path} is ${nameOf(table)} in the table and ${nameOf(contract)} in the contract`) ?? table
    );
  }
  if (table.type !== contract.type) {
    return (
      refuse(state, 'incompatible-type', `column ${path} is a ${table.type} in the table and a ${contract.type} in the contract`) ?? table
    );
  }
  if (table.type === 'map') checkKey(state, table.key, { contract: (contract as typeof table).key, path });
  // Elements, keys and values have one place each, so they pair up by position, whatever their ids say.
  if (table.type !== 'struct') childFields(contract).forEach((child, i) => void state.map.set(child.id, childFields(table)[i]!.id));
  return withChildren(table, mergeFields(state, { table: childFields(table), contract: childFields(contract), path: `${path}.` }));
}

/** Keys of a map may not change: rows written before would be read under other keys. */
function checkKey(state: State, key: IcebergType, other: { readonly contract: IcebergType; readonly path: string }): void {
  if (shapeOf(key) !== shapeOf(other.contract))
    refuse(state, 'map-key', `the key of map ${other.path} differs between table and contract, and keys cannot evolve`);
}

function shapeOf(type: IcebergType): string {
  if (typeof type === 'string') return normalType(type);
  return `${type.type}<${childFields(type)
    .map((field) => `${field.name}:${shapeOf(field.type)}`)
    .join(',')}>`;
}

function addField(state: State, field: NestedField): NestedField {
  const fresh = assignFreshIds({ type: 'struct', fields: [field] }, state.lastId);
  state.lastId = fresh.lastId;
  for (const [contractId, tableId] of fresh.map) state.map.set(contractId, tableId);
  const added = fresh.struct.fields[0]!;
  return state.isEmpty ? added : { ...added, required: false };
}

function withoutDemand(state: State, field: NestedField): NestedField {
  if (!field.required || field['initial-default'] !== undefined) return field;
  refuseIdentifier(state, field);
  return { ...field, required: false };
}

function refuseIdentifier(state: State, field: NestedField): void {
  if (!state.identifierIds.includes(field.id)) return;
  refuse(
    state,
    'identifier-column',
    `column ${field.name} is an identifier of the table and must stay required, but the contract does not require it`,
  );
}

function refuse(state: State, rule: Refusal['rule'], message: string): undefined {
  state.refusal ??= { rule, message };
  return undefined;
}

function nameOf(type: IcebergType): string {
  return typeof type === 'string' ? normalType(type) : `a ${type.type}`;
}
