// The compiled contract: data, not code. One table of types, paths, constraints and rules drives the column decoder, the
// row-at-a-time oracle, the table's schema and the checks of `firn check`. Imports only the type model.
import type { CellValue, IcebergType, NestedField, StructType } from './types.ts';

export type OnFailure = 'quarantine' | 'drop' | 'warn' | 'null-field' | 'park';
export type RuleMode = 'enforce' | 'shadow';
export type CleanStep = 'trim' | 'lower' | 'upper' | 'empty-to-null' | 'nfc' | 'coerce';
export type UndeclaredMode = 'capture' | 'ignore' | 'quarantine';

/** What happens when a rule does not hold, and under which name it is counted. */
export interface RulePolicy {
  /** Name in reasons, counts and `--rule`: the id of the quality rule, else the constraint's kind (`required`, `type`, `pattern` …). */
  readonly rule: string;
  readonly onFailure: OnFailure;
  readonly mode: RuleMode;
}

/** A constraint on a present value. Numeric bounds are cells of the column's own type (decimals unscaled, timestamps in its unit). */
export type Constraint = RulePolicy &
  (
    | { readonly kind: 'minLength' | 'maxLength'; readonly codePoints: number }
    | { readonly kind: 'pattern'; readonly pattern: string }
    | { readonly kind: 'minimum' | 'maximum' | 'exclusiveMinimum' | 'exclusiveMaximum'; readonly bound: number | bigint }
    | { readonly kind: 'multipleOf'; readonly divisor: number | bigint }
    | { readonly kind: 'validValues'; readonly values: readonly (string | number | bigint | boolean)[] }
    | { readonly kind: 'minItems' | 'maxItems'; readonly items: number }
    | { readonly kind: 'uniqueItems' }
  );

/** How text or numbers become a time. `pattern` is a JDK DateTimeFormatter pattern that parseTimePattern (time-pattern.ts) accepts. */
export type TimeFormat =
  | { readonly kind: 'iso' }
  | { readonly kind: 'epoch'; readonly unit: 'seconds' | 'millis' | 'micros' }
  | { readonly kind: 'pattern'; readonly pattern: string };

/** A path into a message: object keys from the value it is relative to. Empty: that value itself. */
export type MessagePath = readonly string[];

/** One column, struct member, list element or map key/value. */
export interface ColumnPlan {
  /** Dotted name for reasons and rules: `device.os`, `tags.element`. */
  readonly name: string;
  /** Slot in its row space (columns.ts). */
  readonly slot: number;
  /** With the contract's field id. */
  readonly field: NestedField;
  /**
   * Where the value is: the first path that is present wins. Top-level columns: relative to the message. Members of a struct:
   * relative to the struct's own value. Elements, keys and values: always [[]].
   */
  readonly paths: readonly MessagePath[];
  readonly clean: readonly CleanStep[];
  /** For date, time and timestamp types: tried in order. */
  readonly timeFormats: readonly TimeFormat[];
  /** Policy for a missing or null required value (`required`) and for a value that does not fit the type (`type`). */
  readonly required: RulePolicy | undefined;
  readonly type: RulePolicy;
  readonly constraints: readonly Constraint[];
  /** Members of a struct; [element] of a list; [key, value] of a map; [] otherwise. */
  readonly children: readonly ColumnPlan[];
  /** JSON text as sent (a string column whose physicalType is `json`): the raw text of the value, whatever its kind. */
  readonly isJsonText: boolean;
  /** The contract says that values do not repeat: recorded for audits, not enforced per record. */
  readonly isUnique?: true;
}

/** `firn.variants`: the first variant whose conditions all hold is used; paths are relative to the message. */
export interface VariantPlan {
  readonly name: string;
  readonly when: readonly { readonly path: MessagePath; readonly values: readonly (string | number | boolean | null)[] }[];
  /** Overrides by dotted column name. */
  readonly columns: ReadonlyMap<
    string,
    { readonly paths?: readonly MessagePath[]; readonly timeFormats?: readonly TimeFormat[]; readonly clean?: readonly CleanStep[] }
  >;
}

/** Abstract syntax of the CEL subset: comparison, arithmetic, && || ! in ?:, null, field selection, indexing, calls. */
export type CelExpr =
  | { readonly op: 'literal'; readonly value: null | boolean | string | bigint | number | Uint8Array; readonly at: number }
  | { readonly op: 'ident'; readonly name: string; readonly at: number }
  | { readonly op: 'select'; readonly object: CelExpr; readonly member: string; readonly at: number }
  | { readonly op: 'index'; readonly object: CelExpr; readonly index: CelExpr; readonly at: number }
  | { readonly op: 'call'; readonly name: string; readonly target?: CelExpr; readonly args: readonly CelExpr[]; readonly at: number }
  | { readonly op: 'list'; readonly items: readonly CelExpr[]; readonly at: number }
  | { readonly op: 'map'; readonly entries: readonly (readonly [CelExpr, CelExpr])[]; readonly at: number }
  | { readonly op: '!' | 'neg'; readonly operand: CelExpr; readonly at: number }
  | {
      readonly op: '&&' | '||' | '==' | '!=' | '<' | '<=' | '>' | '>=' | '+' | '-' | '*' | '/' | '%' | 'in';
      readonly left: CelExpr;
      readonly right: CelExpr;
      readonly at: number;
    }
  | { readonly op: '?:'; readonly condition: CelExpr; readonly then: CelExpr; readonly otherwise: CelExpr; readonly at: number };

/** A row rule: `expr` must be true. False, null and an evaluation error are failures (the error is named in the reason). */
export interface RowRule extends RulePolicy {
  readonly source: string;
  readonly expr: CelExpr;
}

/** The program of one table: everything the pipeline needs, as data. */
export interface TableProgram {
  /** Contract columns with contract ids, then `undeclared` when captured, then the technical columns of DESIGN §5.1. */
  readonly struct: StructType;
  /** Plans of the contract's own columns, in order. */
  readonly columns: readonly ColumnPlan[];
  readonly variants: readonly VariantPlan[];
  readonly rules: readonly RowRule[];
  readonly filter: { readonly source: string; readonly expr: CelExpr } | undefined;
  /** Bounds are inclusive and against the Kafka timestamp. `slot` is a top-level or struct-member timestamp(tz) or date column. */
  readonly eventTime:
    | {
        readonly column: string;
        readonly slot: number;
        readonly maxAheadMs: number | null;
        readonly maxBehindMs: number | null;
        readonly ahead: RulePolicy;
        readonly behind: RulePolicy;
      }
    | undefined;
  readonly undeclared: UndeclaredMode;
  readonly maxBytes: number;
  readonly tombstones: 'filter' | 'quarantine';
  /** Slots of the technical columns; undefined where switched off. */
  readonly technical: {
    readonly undeclared: number | undefined;
    readonly sourceId: number;
    readonly kafkaPartition: number;
    readonly kafkaOffset: number;
    readonly kafkaTimestamp: number;
    readonly kafkaTopic: number | undefined;
    readonly ingestedAt: number | undefined;
  };
}

export interface TableIdentifier {
  readonly namespace: string;
  readonly name: string;
}

/** A partition or sort field as the contract says it; `column` is a dotted name of `struct`. */
export interface PartitionFieldPlan {
  readonly column: string;
  /** Iceberg transform text: `identity`, `day`, `bucket[16]`, `truncate[4]` … */
  readonly transform: string;
  readonly name: string;
}
export interface SortFieldPlan {
  readonly column: string;
  readonly transform: string;
  readonly direction: 'asc' | 'desc';
  readonly nullOrder: 'nulls-first' | 'nulls-last';
}

export interface CompiledTable {
  readonly schemaObject: string;
  readonly identifier: TableIdentifier;
  readonly program: TableProgram;
  /** `firn.route`: which records go to this table; undefined: all that reach it. Sees `raw` and `kafka.*` alone. */
  readonly route?: { readonly source: string; readonly expr: CelExpr };
  readonly partition: readonly PartitionFieldPlan[];
  readonly sort: readonly SortFieldPlan[];
  readonly formatVersion: 2 | 3;
  /** `firn.selfcheck`: share of records whose judgement is compared with the plain path's. Not part of the program: it changes no verdict. */
  readonly selfcheck?: number;
  readonly properties: Readonly<Record<string, string>>;
}

export interface SourcePlan {
  readonly name: string;
  readonly topic: string;
  readonly generation: number;
  readonly format: 'json' | 'bytes';
  /** Name of the Kafka cluster in the deployment's configuration; undefined: the deployment's own. Part of no id: moving asks for a new generation. */
  readonly cluster?: string;
}

export interface CompiledContract {
  /** `<namespace>.<dataset>`: the folder under `_firn/`, the doorbell's group, the value of `firn.contract`. */
  readonly name: string;
  /** The `id` of the ODCS document. */
  readonly urn: string;
  readonly version: string;
  /** Path of the file, for messages. */
  readonly file: string;
  readonly sources: readonly SourcePlan[];
  /** `firn.unrouted`: what happens to records of no table; quarantined when left out. */
  readonly unrouted?: 'quarantine' | 'filter';
  /** One table per schema object, in order of routing. All share one quarantine table, named after the first: `quarantineIdentifier`. */
  readonly tables: readonly CompiledTable[];
  /** SHA-256 (hex) of the compiled program: two landings under one hash give the same verdicts. */
  readonly programHash: string;
}

/** Constant cells used in `validValues` and literals. */
export type ConstantCell = Exclude<CellValue, readonly unknown[]>;
export type { IcebergType, NestedField, StructType };
