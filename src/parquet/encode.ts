// Column batch → Parquet file in memory: one call of the writer (writer.ts).
import { assertInvariant } from '../errors.ts';
import { plainKernels } from './kernels.ts';
import { KernelFailure } from './open-kernels.ts';
import type { EncodedFile, EncodeRequest } from './types.ts';
import { ParquetWriter } from './writer.ts';

/**
 * Encodes the rows of a request as one Parquet file. Deterministic: the same request gives the same bytes. When the WebAssembly kernels fail
 * it is encoded by the TypeScript kernels, and the file says so; throws KernelFailure when these cannot encode it either.
 */
export function encodeParquet(request: EncodeRequest): EncodedFile {
  try {
    return encodeOnce(request);
  } catch (error) {
    if (!(error instanceof KernelFailure)) throw error;
    return { ...encodePlainly(request), kernelsFailed: true };
  }
}

/** Without the kernels, which have failed: should this throw as well, that must not be forgotten over it. */
function encodePlainly(request: EncodeRequest): EncodedFile {
  try {
    return encodeOnce({ ...request, kernels: plainKernels() });
  } catch (cause) {
    throw new KernelFailure('a kernel of the encoder failed, and the rows cannot be encoded without it either', { cause });
  }
}

function encodeOnce(request: EncodeRequest): EncodedFile {
  const { schema, metadata, options, rowGroupRowsMax, kernels } = request;
  const parts: Buffer[] = [];
  const writer = new ParquetWriter({
    schema,
    ...(metadata ? { metadata } : {}),
    ...(options ? { options } : {}),
    ...(kernels ? { kernels } : {}),
    ...(rowGroupRowsMax === undefined ? {} : { rowGroupRowsMax }),
    sink: (part) => parts.push(part),
  });
  writer.add(request.columns, request.order);
  const { sizeBytes, ...file } = writer.close();
  const bytes = Buffer.concat(parts);
  assertInvariant(bytes.length === sizeBytes, 'a file is as long as its parts');
  return { bytes, ...file };
}
