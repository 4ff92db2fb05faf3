// How other engines open a local warehouse, ready to paste. The catalog's name must be `firn`: Java's JDBC catalog looks for its
// own name in the rows.

export interface Snippet {
  readonly engine: string;
  readonly code: string;
}

/** Snippets for a warehouse directory; DuckDB opens a table by its present metadata file. */
export function snippetsFor(directory: string, metadataLocation: string): readonly Snippet[] {
  const catalog = `${directory}/catalog.db`;
  return [
    {
      engine: 'PyIceberg',
      code: [
        'from pyiceberg.catalog.sql import SqlCatalog  # pip install "pyiceberg[sql-sqlite,pyarrow]"',
        `catalog = SqlCatalog("firn", uri=${JSON.stringify(`sqlite:///${catalog}`)})`,
        'print(catalog.load_table("aviation.flights").scan().to_arrow().slice(0, 5).to_pandas())',
      ].join('\n'),
    },
    {
      engine: 'DuckDB',
      code: [
        'INSTALL iceberg; LOAD iceberg;  -- the file is the table as it is now; firn show flights names the next one',
        `SELECT count(*) FROM iceberg_scan('${metadataLocation.replace(/^file:\/\//, '').replaceAll("'", "''")}');`,
      ].join('\n'),
    },
    {
      engine: 'Spark',
      code: [
        'spark-sql --packages org.apache.iceberg:iceberg-spark-runtime-3.5_2.12:1.12.0,org.xerial:sqlite-jdbc:3.50.3.0 \\',
        '  --conf spark.sql.catalog.firn=org.apache.iceberg.spark.SparkCatalog \\',
        '  --conf spark.sql.catalog.firn.type=jdbc \\',
        `  --conf "spark.sql.catalog.firn.uri=jdbc:sqlite:${catalog}" \\`,
        `  --conf "spark.sql.catalog.firn.warehouse=file://${directory}" \\`,
        '  -e "SELECT origin, count(*) FROM firn.aviation.flights GROUP BY origin ORDER BY 2 DESC LIMIT 5"',
      ].join('\n'),
    },
    { engine: 'Firn', code: `firn query "from aviation.flights limit 5" --warehouse ${shellQuote(directory)}` },
  ];
}

function shellQuote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
