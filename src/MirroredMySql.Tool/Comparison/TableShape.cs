namespace MirroredMySql.Tool.Comparison;

/// <summary>A table: its columns in the order of its definition, and those that tell its rows apart.</summary>
/// <param name="Name">The name, unquoted.</param>
/// <param name="Columns">All columns.</param>
/// <param name="Key">The positions of the primary key's columns, or of all columns where there is no primary key.</param>
internal sealed record TableShape(string Name, IReadOnlyList<ColumnShape> Columns, IReadOnlyList<int> Key)
{
    /// <summary>Reads every column as bytes, in an order that is the same on both nodes.</summary>
    public string SelectSql =>
        $"SELECT {Join(Columns.Select(column => column.BytesSql))} FROM {Sql.Quote(Name)} ORDER BY {Join(Key.Select(OrderSql))}";

    // The primary key has an index that gives the order for nothing. Without one any order will do that leaves no ties, and that of
    // the bytes does where a collation holds different texts for equal.
    private string OrderSql(int position) => HasPrimaryKey ? Sql.Quote(Columns[position].Name) : Columns[position].BytesSql;

    private bool HasPrimaryKey => Columns.Any(column => column.IsInPrimaryKey);

    private static string Join(IEnumerable<string> parts) => string.Join(", ", parts);
}

/// <summary>A column.</summary>
/// <param name="Name">The name, unquoted.</param>
/// <param name="Type">The bare type, such as <c>varchar</c>.</param>
/// <param name="Definition">Type, nullability, collation and the rest, to compare as text.</param>
/// <param name="IsInPrimaryKey">Whether it belongs to the primary key.</param>
internal sealed record ColumnShape(string Name, string Type, string Definition, bool IsInPrimaryKey)
{
    private static readonly string[] BinaryTypes =
    [
        "binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob", "vector", "geometry", "point", "linestring", "polygon",
        "multipoint", "multilinestring", "multipolygon", "geometrycollection", "geomcollection",
    ];

    private static readonly string[] TextTypes =
        ["char", "varchar", "tinytext", "text", "mediumtext", "longtext", "json", "enum", "set"];

    /// <summary>Whether the bytes are the value itself; otherwise they are its text in UTF-8.</summary>
    public bool IsBinary => BinaryTypes.Contains(Type, StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether the value is text to people too, and shown in quotes.</summary>
    public bool IsText => TextTypes.Contains(Type, StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// The value as bytes. What the server writes of it is exact and the same through every driver, whereas a driver's own types lose
    /// zero dates, long times and the difference between equal texts.
    /// </summary>
    public string BytesSql
    {
        get
        {
            var column = Sql.Quote(Name);
            return Type.ToLowerInvariant() switch
            {
                _ when IsBinary => $"CAST({column} AS BINARY)",
                "bit" => TextSql($"{column} + 0"),
                // A FLOAT is shown with six digits, which is less than it holds; as a DOUBLE it is shown with all that tell it apart.
                "float" => TextSql($"{column} * 1e0"),
                _ => TextSql(column),
            };
        }
    }

    private static string TextSql(string expression) => $"CAST(CONVERT({expression} USING utf8mb4) AS BINARY)";
}
