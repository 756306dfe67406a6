using System.Collections;
using System.Data.Common;
using System.Globalization;

namespace MirroredMySql.IntegrationTests.ErrorParity;

/// <summary>What a caller has seen, a line per step; the name of its database is left out.</summary>
internal sealed class Sighting(string database, Door door)
{
    private readonly List<string> _lines = [];

    public IReadOnlyList<string> Lines => _lines;

    public bool HasFailed { get; private set; }

    public void Note(string step, object? value) =>
        _lines.Add(string.Create(CultureInfo.InvariantCulture, $"{step}: {value ?? "null"}").Replace(database, "db", StringComparison.Ordinal));

    /// <summary>Does a step and notes how it fails, if it does.</summary>
    /// <returns>Whether it has succeeded.</returns>
    public async Task<bool> TryAsync(string step, Func<Task> act)
    {
        try
        {
            await act();
            return true;
        }
#pragma warning disable CA1031 // whatever it is, it has to be the same
        catch (Exception e)
#pragma warning restore CA1031
        {
            HasFailed = true;
            for (Exception? at = e; at is not null; at = at.InnerException)
                Note(at == e ? step : "  because of", Describe(at));
            return false;
        }
    }

    /// <summary>Runs a statement that the frame needs.</summary>
    public async Task RunAsync(DbConnection connection, DbTransaction? transaction, string sql)
    {
        var (hadFailed, value) = (HasFailed, (object?)null);
        var succeeded = await TryAsync(sql, async () =>
        {
            await using var command = connection.CreateCommand();
            command.CommandText = sql;
            command.Transaction = transaction;
            value = await command.ExecuteScalarAsync();
        });
        if (succeeded)
            Note(sql, value);
        HasFailed = hadFailed;
    }

    private string Describe(Exception e)
    {
        var data = e.Data.Cast<DictionaryEntry>().Select(d => $" {d.Key}={d.Value}");
        var ofDriver = e is DbException own ? $" SqlState={own.SqlState} IsTransient={own.IsTransient} ErrorCode={own.ErrorCode}" : "";
        return $"{e.GetType().FullName}{ofDriver}{string.Concat(data)} {(door.NeedsText || door.NeedsBatches ? WithoutRestOfText(e.Message) : e.Message)}";
    }

    // A syntax error quotes what is left of the whole text and counts its lines; the mirror sends a text of several statements one by one.
    private static string WithoutRestOfText(string message)
    {
        var near = message.IndexOf("to use near '", StringComparison.Ordinal);
        return near < 0 ? message : message[..near];
    }
}
