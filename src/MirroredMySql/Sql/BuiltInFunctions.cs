using System.Collections.Frozen;

namespace MirroredMySql.Sql;

/// <summary>What part of a statement does beyond reading tables, and with it what the whole statement is.</summary>
[Flags]
internal enum Effects
{
    None = 0,

    /// <summary>Only the lead's session has the answer.</summary>
    Lead = 1,

    /// <summary>Takes row locks.</summary>
    Locks = 2,

    /// <summary>Changes the session.</summary>
    Session = 4,

    /// <summary>Writes, or may write.</summary>
    Writes = 8,
}

/// <summary>What a call means beyond its effects.</summary>
internal enum Peculiarity
{
    None,

    /// <summary>LAST_INSERT_ID: without an argument it reads, with one it sets.</summary>
    ReadsOrSetsInsertId,

    /// <summary>LOAD_FILE.</summary>
    ReadsServerFile,

    /// <summary>The first argument is the sequence that is written.</summary>
    NamesSequence,
}

/// <summary>Names that behave alike, separated by white space.</summary>
/// <param name="Names">The names.</param>
/// <param name="Traits">What a call makes of the statement.</param>
/// <param name="Effects">What a call does.</param>
/// <param name="Since">The first version that has them built in.</param>
/// <param name="Until">The first version that has them no more.</param>
/// <param name="Peculiarity">What else a call means.</param>
internal sealed record BuiltInFunctionGroup(
    string Names, StatementTraits Traits = StatementTraits.None, Effects Effects = Effects.None, int Since = 0, int Until = int.MaxValue,
    Peculiarity Peculiarity = Peculiarity.None);

/// <param name="Group">What it has in common with others.</param>
/// <param name="MustBeGlued">With white space before the parenthesis the server looks for a stored function instead, unless IGNORE_SPACE.</param>
internal readonly record struct BuiltInFunction(BuiltInFunctionGroup Group, bool MustBeGlued);

/// <summary>
/// The names before a parenthesis that can never mean a stored function. Everything else may be one, and a stored function may write:
/// a name missing here costs speed, a wrong name costs data. Hence a name counts only where both nodes' versions have it.
/// </summary>
internal static class BuiltInFunctions
{
    private static readonly FrozenDictionary<string, BuiltInFunction>.AlternateLookup<ReadOnlySpan<char>> MySql =
        Index(BuiltInFunctionTable.MySql, BuiltInFunctionTable.MySqlGlued);

    private static readonly FrozenDictionary<string, BuiltInFunction>.AlternateLookup<ReadOnlySpan<char>> MariaDb =
        Index(BuiltInFunctionTable.MariaDb, BuiltInFunctionTable.MariaDbGlued);

    public static bool TryFind(ReadOnlySpan<char> name, SqlSyntax syntax, out BuiltInFunction function) =>
        (syntax.IsMariaDb ? MariaDb : MySql).TryGetValue(name, out function)
        && function.Group.Since <= syntax.OldestVersion
        && (function.Group.Until == int.MaxValue || syntax.NewestVersion < function.Group.Until);

    private static FrozenDictionary<string, BuiltInFunction>.AlternateLookup<ReadOnlySpan<char>> Index(
        BuiltInFunctionGroup[] family, string glued)
    {
        var mustBeGlued = Split(glued).ToHashSet(StringComparer.OrdinalIgnoreCase);
        return BuiltInFunctionTable.Common.Concat(family)
            .SelectMany(g => Split(g.Names), (g, name) => KeyValuePair.Create(name, new BuiltInFunction(g, mustBeGlued.Contains(name))))
            .ToFrozenDictionary(StringComparer.OrdinalIgnoreCase)
            .GetAlternateLookup<ReadOnlySpan<char>>();
    }

    private static string[] Split(string names) => names.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
}
