// What a shape of the standard is: the vocabulary of standard-shapes.ts.

export type Shape =
  | 'text'
  | 'flag'
  | 'integer'
  | 'count'
  | 'number'
  | 'scalar'
  | 'any'
  | { readonly list: Shape }
  | { readonly object: ObjectName }
  | { readonly words: readonly string[] }
  /** The first that has the node's kind. */
  | { readonly either: readonly Shape[] };

export interface ObjectShape {
  readonly what: string;
  readonly keys: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
  /** Keys that came with v3.2. */
  readonly since32?: Readonly<Record<string, Shape>>;
  /** Open in v3.0: a key it does not know is a warning there. */
  readonly openIn30?: true;
  /** Keys that v3.0's own examples write where its schema is open. */
  readonly known30?: readonly string[];
  /** Any key: nothing of it is ours to judge. */
  readonly open?: true;
}

export type ObjectName =
  | 'contract'
  | 'description'
  | 'server'
  | 'schemaObject'
  | 'property'
  | 'item'
  | 'mapTypes'
  | 'enumEntry'
  | 'relationship'
  | 'quality'
  | 'authoritativeDefinition'
  | 'support'
  | 'price'
  | 'team'
  | 'teamMember'
  | 'role'
  | 'sla'
  | 'customProperty';
