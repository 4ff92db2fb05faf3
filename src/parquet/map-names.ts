// Gives the columns of a file without field ids the ids of a name mapping, at every level. Elements, keys and values go by their place,
// whatever a writer called them. A file that has ids anywhere is left as it is: ids rule. Source: Iceberg specification, "Column
// Projection" and "Name Mapping Serialization".
import type { FileFooter, FileNode } from './read-footer.ts';
import type { MappedField } from './types.ts';

/** The footer with ids; columns the mapping does not name stay without. */
export function mapNames(footer: FileFooter, mapping: readonly MappedField[] | undefined): FileFooter {
  if (!mapping || hasIds(footer.root)) return footer;
  return { ...footer, root: { ...footer.root, children: mapChildren(footer.root.children, mapping) } };
}

function hasIds(node: FileNode): boolean {
  return node.element.field_id !== undefined || node.children.some(hasIds);
}

function mapChildren(nodes: readonly FileNode[], mapping: readonly MappedField[]): FileNode[] {
  return nodes.map((node) => mapNode(node, mapping, node.element.name));
}

function mapNode(node: FileNode, mapping: readonly MappedField[], name: string): FileNode {
  const mapped = mapping.find(({ names }) => names.includes(name));
  const nested = mapped?.fields ?? [];
  const [group] = node.children;
  const isRepeated = node.children.length === 1 && group!.element.repetition_type === 'REPEATED' && group!.children.length > 0;
  const children = isRepeated ? [mapGroup(group!, nested)] : mapChildren(node.children, nested);
  const id = mapped?.['field-id'];
  return { ...node, children, element: id === undefined || id < 0 ? node.element : { ...node.element, field_id: id } };
}

/** The repeated group of a list or map: its members by place. */
function mapGroup(group: FileNode, nested: readonly MappedField[]): FileNode {
  const names = group.children.length === 2 ? ['key', 'value'] : ['element'];
  return { ...group, children: group.children.map((member, i) => mapNode(member, nested, names[i] ?? member.element.name)) };
}
