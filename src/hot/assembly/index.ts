// The WebAssembly module of the landing path: everything it exports. AssemblyScript, compiled by scripts/build-wasm.mjs with the
// stub runtime: no managed object is ever made, all memory is the caller's (../memory.ts), every address is a number handed in.
//
//   0 ......... 65,535   canary: never written, compared after every batch (../module.ts)
//   65,536 .... heap     constant tables of this module (memory.data)
//   heap ...... end      the arena: programs, messages, builders, text written on the way, pages

import { decodeBase64 } from './base64.ts';
import { decodeRecords } from './decode.ts';
import { encodeDelta } from './encode-delta.ts';
import { encodeDictStrings, encodeDictWords } from './encode-dictionary.ts';
import { encodeDictRows } from './encode-dictionary-rows.ts';
import {
  encodeBitsOfAll,
  encodeElements,
  encodeExtremes,
  encodeGather32,
  encodeGather64,
  encodeGatherViews,
  encodeIsRange,
  encodeLastRow,
  encodeLevels,
  encodeMaxLength,
  encodeRepeat,
  encodeStep,
  encodeSumLengths,
  encodeThere,
} from './encode-gather.ts';
import { encodeHybridBytes, encodeHybridWords } from './encode-hybrid.ts';
import { encodeCopyStrings } from './encode-strings.ts';

/** First address behind the module's own tables. */
export function heapBase(): usize {
  return __heap_base;
}

export {
  decodeBase64,
  decodeRecords,
  encodeBitsOfAll,
  encodeCopyStrings,
  encodeDelta,
  encodeDictRows,
  encodeDictStrings,
  encodeDictWords,
  encodeElements,
  encodeExtremes,
  encodeGather32,
  encodeGather64,
  encodeGatherViews,
  encodeHybridBytes,
  encodeHybridWords,
  encodeIsRange,
  encodeLastRow,
  encodeLevels,
  encodeMaxLength,
  encodeRepeat,
  encodeStep,
  encodeSumLengths,
  encodeThere,
};
