// The Glue side of the fake: databases and tables with a VersionId that UpdateTable compares.
import { type FakeAws, jsonError, type Reply, type Seen } from './fake-aws.ts';

type Row = Record<string, unknown>;

export function glueOperation(fake: FakeAws, seen: Seen): Reply {
  const input = JSON.parse(seen.body.toString('utf8')) as Row;
  switch (seen.operation) {
    case 'GetTable':
      return found(tableOf(fake, input), (Table) => ({ Table }));
    case 'CreateTable':
      return create(fake, input);
    case 'UpdateTable':
      return update(fake, input);
    case 'GetDatabase':
      return found(fake.databases.has(input['Name'] as string) ? { Name: input['Name'] } : undefined, (Database) => ({ Database }));
    case 'CreateDatabase':
      return createDatabase(fake, (input['DatabaseInput'] as Row)['Name'] as string);
    case 'GetDatabases':
      return ok(
        paged(
          fake,
          'DatabaseList',
          [...fake.databases.keys()].map((Name) => ({ Name })),
          input,
        ),
      );
    case 'GetTables':
      return found(fake.databases.get(input['DatabaseName'] as string), (tables) => paged(fake, 'TableList', [...tables.values()], input));
    default:
      return jsonError(400, 'UnknownOperationException');
  }
}

function create(fake: FakeAws, input: Row): Reply {
  const tables = fake.databases.get(input['DatabaseName'] as string);
  const table = input['TableInput'] as Row;
  if (tables === undefined) return jsonError(400, 'EntityNotFoundException');
  if (tables.has(table['Name'] as string)) return jsonError(400, 'AlreadyExistsException');
  tables.set(table['Name'] as string, { ...table, VersionId: '0', DatabaseName: input['DatabaseName'], CreateTime: 1_700_000_000 });
  return ok({});
}

function update(fake: FakeAws, input: Row): Reply {
  const table = input['TableInput'] as Row;
  const present = tableOf(fake, { DatabaseName: input['DatabaseName'], Name: table['Name'] });
  if (present === undefined) return jsonError(400, 'EntityNotFoundException');
  if (input['VersionId'] !== undefined && input['VersionId'] !== present['VersionId'])
    return jsonError(400, 'ConcurrentModificationException');
  const next = {
    ...table,
    VersionId: String(Number(present['VersionId']) + 1),
    DatabaseName: input['DatabaseName'],
    CreateTime: present['CreateTime'],
  };
  fake.databases.get(input['DatabaseName'] as string)!.set(table['Name'] as string, next);
  return ok({});
}

function createDatabase(fake: FakeAws, name: string): Reply {
  if (fake.databases.has(name)) return jsonError(400, 'AlreadyExistsException');
  fake.databases.set(name, new Map());
  return ok({});
}

function tableOf(fake: FakeAws, input: Row): Row | undefined {
  return fake.databases.get(input['DatabaseName'] as string)?.get(input['Name'] as string);
}

function paged(fake: FakeAws, list: string, rows: readonly Row[], input: Row): Row {
  const start = Number(input['NextToken'] ?? 0);
  const end = start + fake.pageSize;
  return { [list]: rows.slice(start, end), ...(end < rows.length ? { NextToken: String(end) } : {}) };
}

function found<T>(value: T | undefined, shape: (value: T) => Row): Reply {
  return value === undefined ? jsonError(400, 'EntityNotFoundException') : ok(shape(value));
}

function ok(body: Row): Reply {
  return { status: 200, headers: { 'content-type': 'application/x-amz-json-1.1' }, body: JSON.stringify(body) };
}
