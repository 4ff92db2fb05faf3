// A value that one deferred cell may take, which is known when its object is complete (scope.ts): its position is noted. Plain text of a cell of
// text is stored at once, so that the cell is not read a second time when this is its value; any other is left until then.
import { CAPTURE_ADDRESS, CAPTURE_DEFERRED, DEFERRED_NODE, DEFERRED_READ, KIND_TEXT, KIND_TIDY, NODE_CELL, NODE_KIND } from '../layout.ts';
import { storeTidyText } from './quick-text.ts';
import { skipValue } from './skip.ts';

/** The value at `p`; returns the position behind it. */
export function readCaptured(capture: usize, p: usize): usize {
  store<u32>(load<u32>(capture, CAPTURE_ADDRESS), <u32>p);
  const deferred: usize = load<u32>(capture, CAPTURE_DEFERRED);
  const node: usize = load<u32>(deferred, DEFERRED_NODE);
  const kind: u32 = load<u32>(node, NODE_KIND);
  if ((kind !== KIND_TEXT && kind !== KIND_TIDY) || load<u32>(deferred, DEFERRED_READ) !== 0) return skipValue(p);
  const end = storeTidyText(load<u32>(node, NODE_CELL), p);
  if (end === 0) return skipValue(p);
  store<u32>(deferred, <u32>p, DEFERRED_READ);
  return end;
}
