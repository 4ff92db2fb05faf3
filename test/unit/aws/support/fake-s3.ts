// The S3 side of the fake: path-style objects with If-None-Match, CRC32 checks, ranges and paged lists in byte order.
import { crc32 } from 'node:zlib';
import { type FakeAws, type Reply, type Seen, s3Error } from './fake-aws.ts';

export function s3Operation(fake: FakeAws, seen: Seen, method: string): Reply {
  const path = decodeURIComponent(seen.url.pathname).slice(1);
  if (seen.operation === 'ListObjectsV2') return list(fake, seen, path.replace(/\/$/, ''));
  const object = fake.objects.get(path);
  if (method === 'PUT') return put(fake, seen, path);
  if (method === 'DELETE') {
    fake.objects.delete(path);
    return { status: 204 };
  }
  if (object === undefined) return method === 'HEAD' ? { status: 404 } : s3Error(404, 'NoSuchKey');
  if (method === 'HEAD')
    return { status: 200, headers: { 'content-length': String(object.bytes.length), ...dated(object.lastModifiedMs) } };
  return get(seen, object);
}

function put(fake: FakeAws, seen: Seen, path: string): Reply {
  const sent = seen.headers['x-amz-checksum-crc32'];
  if (sent !== undefined && sent !== checksum(seen.body)) return s3Error(400, 'BadDigest');
  if (seen.headers['if-none-match'] === '*' && fake.objects.has(path)) return s3Error(412, 'PreconditionFailed');
  fake.objects.set(path, { bytes: seen.body, lastModifiedMs: 1_700_000_000_000 });
  return { status: 200, headers: { etag: '"fake"' } };
}

function get(seen: Seen, object: { readonly bytes: Buffer; readonly lastModifiedMs: number }): Reply {
  const range = /^bytes=(\d+)-(\d+)$/.exec((seen.headers['range'] as string | undefined) ?? '');
  if (!range) {
    const checked = seen.headers['x-amz-checksum-mode'] === 'ENABLED' ? { 'x-amz-checksum-crc32': checksum(object.bytes) } : {};
    return { status: 200, headers: { ...dated(object.lastModifiedMs), ...checked }, body: object.bytes };
  }
  const [start, last] = [Number(range[1]), Math.min(Number(range[2]), object.bytes.length - 1)];
  if (start >= object.bytes.length) return s3Error(416, 'InvalidRange');
  return {
    status: 206,
    headers: { ...dated(object.lastModifiedMs), 'content-range': `bytes ${start}-${last}/${object.bytes.length}` },
    body: object.bytes.subarray(start, last + 1),
  };
}

function list(fake: FakeAws, seen: Seen, bucket: string): Reply {
  const prefix = seen.url.searchParams.get('prefix') ?? '';
  const after = seen.url.searchParams.get('continuation-token') ?? seen.url.searchParams.get('start-after') ?? '';
  const keys = [...fake.objects.keys()]
    .filter((path) => path.startsWith(`${bucket}/`))
    .map((path) => path.slice(bucket.length + 1))
    .filter((key) => key.startsWith(prefix) && Buffer.compare(Buffer.from(key), Buffer.from(after)) > 0)
    .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const page = keys.slice(0, fake.pageSize);
  const more = keys.length > page.length;
  const contents = page.map((key) => {
    const object = fake.objects.get(`${bucket}/${key}`)!;
    const modified = new Date(object.lastModifiedMs).toISOString();
    return `<Contents><Key>${escapeXml(key)}</Key><Size>${object.bytes.length}</Size><LastModified>${modified}</LastModified></Contents>`;
  });
  const token = more ? `<NextContinuationToken>${escapeXml(page.at(-1)!)}</NextContinuationToken>` : '';
  return {
    status: 200,
    headers: { 'content-type': 'application/xml' },
    body: `<ListBucketResult><IsTruncated>${more}</IsTruncated>${token}${contents.join('')}</ListBucketResult>`,
  };
}

function checksum(bytes: Uint8Array): string {
  const out = Buffer.alloc(4);
  out.writeUInt32BE(crc32(bytes));
  return out.toString('base64');
}

function dated(ms: number): Record<string, string> {
  return { 'last-modified': new Date(ms).toUTCString() };
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
