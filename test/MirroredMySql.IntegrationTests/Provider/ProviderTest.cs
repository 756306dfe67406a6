using System.Data.Common;
using Dapper;
using MirroredMySql.LocalServers;

namespace MirroredMySql.IntegrationTests.Provider;

/// <summary>A test that holds the mirrored provider against the bare driver on the same server.</summary>
public abstract class ProviderTest(ServerFlavor flavor) : MirroredTest(flavor)
{
    private const string Columns =
        """
        (id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(60) NULL UNIQUE, n INT NOT NULL DEFAULT 0, price DECIMAL(12,4) NULL,
         made DATETIME(6) NULL, data LONGBLOB NULL, note LONGTEXT NULL)
        """;

    /// <summary>The table <c>thing</c> on both nodes, and <c>bare_thing</c>, which only the bare driver writes.</summary>
    [SetUp]
    public void CreateTables()
    {
        using var connection = Source.OpenConnection();
        connection.Execute($"CREATE TABLE thing {Columns}; CREATE TABLE bare_thing {Columns}");
    }

    /// <summary>Does the same with the mirrored connection and with the bare driver, each on a table of its own, and compares.</summary>
    /// <param name="act">Takes the connection and the table, and returns what the caller of a driver sees.</param>
    private protected async Task AssertParityAsync<T>(Func<DbConnection, string, Task<T>> act)
    {
        await using var bare = OpenPrimary();
        await using var mirrored = await Source.OpenConnectionAsync();
        var expected = await act(bare, "bare_thing");
        var actual = await act(mirrored, "thing");
        Assert.That(actual, Is.EqualTo(expected));
        Assert.That(Rows(bare, "thing"), Is.EqualTo(Rows(bare, "bare_thing")));
        await using (var standby = OpenStandby())
            Assert.That(Rows(standby, "thing"), Is.EqualTo(Rows(bare, "bare_thing")));
        Assert.That(Source.Status.Suspects, Is.Empty);
        Assert.That(Source.Status.Mode, Is.EqualTo(MirrorMode.Mirrored));
    }

    /// <summary>The exception's kind, as far as the two are comparable: the driver's own types are the same on both sides.</summary>
    private protected static async Task<string> FailureOfAsync(Func<Task> act)
    {
        try
        {
            await act();
            return "none";
        }
        catch (DbException e)
        {
            return $"{e.GetType().Name} {e.Data["Server Error Code"]}";
        }
        catch (InvalidOperationException e)
        {
            return e.GetType().Name;
        }
    }

    private protected static DbCommand Command(DbConnection connection, string text, params (string Name, object? Value)[] parameters)
    {
        var command = connection.CreateCommand();
        command.CommandText = text;
        foreach (var (name, value) in parameters)
            Add(command, name, value);
        return command;
    }

    private protected static DbParameter Add(DbCommand command, string name, object? value)
    {
        var parameter = command.CreateParameter();
        parameter.ParameterName = name;
        parameter.Value = value ?? DBNull.Value;
        command.Parameters.Add(parameter);
        return parameter;
    }

    private protected static List<string> Rows(DbConnection connection, string table) =>
        [.. connection.Query<string>($"SELECT CONCAT_WS('|', id, IFNULL(name,'~'), n, IFNULL(price,'~'), IFNULL(made,'~'), IFNULL(HEX(data),'~'), IFNULL(note,'~')) FROM {table} ORDER BY id")];
}
