using static MirroredMySql.IntegrationTests.ErrorParity.FailingStatement;

namespace MirroredMySql.IntegrationTests.ErrorParity.Catalogue;

/// <summary>Parameters that are missing, of the wrong type or too much for their column.</summary>
internal static class ParameterFailures
{
    public static readonly FailingStatement[] All =
    [
        "SELECT @missing FROM item",
        "INSERT INTO pair VALUES (@a, @b)",
        "UPDATE item SET n = @n",
        With("INSERT INTO pair VALUES (@a, @b)", ("@a", 1)),
        With("SELECT id FROM item WHERE id = @a AND n = @b", ("@a", 1)),
        With("INSERT INTO pair VALUES (@a, @b)", ("@a", 1), ("@b", 1)),
        With("INSERT INTO pair VALUES (@a, @b)", ("@a", "one"), ("@b", 1)),
        With("INSERT INTO pair VALUES (@a, @b)", ("@a", null), ("@b", 1)),
        With("INSERT INTO pair VALUES (@a, @b)", ("@a", long.MaxValue), ("@b", 1)),
        With("INSERT INTO pair VALUES (@a, @b)", ("@a", new byte[] { 1, 2, 3 }), ("@b", 1)),
        With("INSERT INTO pair VALUES (@a, @b)", ("@a", DateTime.UnixEpoch), ("@b", 1)),
        With("INSERT INTO pair VALUES (@a, @b)", ("@a", double.NaN), ("@b", 1)),
        With("INSERT INTO pair VALUES (@a, @b)", ("@a", new object()), ("@b", 1)),
        With("INSERT INTO pair VALUES (@a, @b)", ("@a", new Uri("https://example.org/")), ("@b", 1)),
        With("INSERT INTO pair VALUES (@a, @b)", ("@a", new[] { 1, 2 }), ("@b", 1)),
        With("SELECT id FROM missing WHERE id = @a", ("@a", 1)),
        With("INSERT INTO item (name) VALUES (@name)", ("@name", "far too long for it")),
        With("INSERT INTO item (name) VALUES (@name)", ("@name", "first")),
        With("INSERT INTO item (name) VALUES (@name)", ("@name", null)),
        With("INSERT INTO item (name, n) VALUES (@name, @n)", ("@name", "x"), ("@n", 1000)),
        With("INSERT INTO item (name, made) VALUES (@name, @made)", ("@name", "x"), ("@made", "someday")),
        With("INSERT INTO item (name, doc) VALUES (@name, @doc)", ("@name", "x"), ("@doc", "{")),
        With("INSERT INTO item (name, price) VALUES (@name, @price)", ("@name", "x"), ("@price", 123456.78m)),
        With("INSERT INTO item (name) VALUES (@name); INSERT INTO parent VALUES (@id, @name)", ("@name", "both"), ("@id", 1)),
        With("INSERT INTO parent VALUES (?, ?)", ("a", 1), ("b", "x")),
        With("INSERT INTO mark VALUES (?); INSERT INTO parent VALUES (?, ?)", ("a", 30), ("b", 1), ("c", "x")),
        With("UPDATE item SET n = @n WHERE id = @id", ("@n", 300), ("@id", 1)),
        With("DELETE FROM parent WHERE id = @id", ("@id", 1)),
        With("CALL adds(@first, @many)", ("@first", 1), ("@many", 1)),
        With("CREATE TABLE made (id INT DEFAULT @a)", ("@a", "x")),
        With("SELECT * FROM @a", ("@a", "item")),
        With("SELECT id FROM item LIMIT @a", ("@a", "x")),
        With("SET @@missing_variable = @a", ("@a", 1)),
    ];
}
