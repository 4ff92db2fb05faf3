// One HTTP request, sent once: bounded in time and in bytes read, no redirects (a redirected commit would be sent twice), no
// retries. Whatever happens is a value: a commit must be able to tell an answer from silence.
import { LIMITS } from '../contract/limits.ts';
import type { RestAnswer, RestRequest } from './types.ts';

/** Cost: one request of at most LIMITS.ioTimeoutMs. Never throws. */
export async function sendOnce(request: RestRequest): Promise<RestAnswer> {
  const signal = AbortSignal.timeout(LIMITS.ioTimeoutMs);
  let response: Response;
  try {
    response = await fetch(request.url, {
      method: request.method,
      headers: request.headers,
      redirect: 'manual',
      signal,
      ...(request.body === '' ? {} : { body: request.body }),
    });
  } catch (cause) {
    return { kind: 'silence', cause };
  }
  const bytesMax = response.ok ? LIMITS.metadataBytesMax : LIMITS.restErrorBytesMax;
  return { kind: 'answer', status: response.status, text: await readText(response, bytesMax) };
}

/** The body, at most so many bytes after decompression; undefined for more, or where it breaks off. */
async function readText(response: Response, bytesMax: number): Promise<string | undefined> {
  const parts: Uint8Array[] = [];
  let sizeBytes = 0;
  try {
    for await (const part of response.body ?? []) {
      sizeBytes += part.length;
      // Leaving the loop cancels the rest of the body.
      if (sizeBytes > bytesMax) return undefined;
      parts.push(part);
    }
  } catch {
    // The status is what a commit needs and is known; callers that need the body treat its absence as a failed read.
    return undefined;
  }
  return Buffer.concat(parts).toString('utf8');
}
