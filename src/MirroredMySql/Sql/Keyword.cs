using System.Collections.Frozen;
using System.Text;

namespace MirroredMySql.Sql;

/// <summary>The words that decide how a statement is routed. <c>LowPriority</c> stands for <c>LOW_PRIORITY</c>.</summary>
internal enum Keyword : short
{
    None,
    Alter, Analyze, And, As, Atomic, Backup, Begin, Binlog, By, Cache, Call, Case, Chain, Change, Character, Charset, Check, Checksum,
    Clone, Column, Commit, Connection, Consistent, Create, CurrentDate, CurrentRole, CurrentTime, CurrentTimestamp, CurrentUser, Database,
    Deallocate, Declare, Default, Delayed, Delete, Delimiter, Desc, Describe, Diagnostics, Discard, Do, Drop, Dual, Dumpfile, Duplicate,
    Else, End, Engine, Errors, Event, Exchange, Execute, Exists, Explain, Fetch, Flush, For, From, Function, Get, Global, Grant, Group,
    Handler, Having, Help, HighPriority, If, Ignore, Immediate, Import, In, Index, Infile, Insert, Install, Instance, Into, Is, Join,
    JsonTable, Key, Kill, Lateral, Library, Like, Limit, Load, Local, Localtime, Localtimestamp, Lock, Locked, Logfile, Loop, LowPriority,
    Names, Next, No, Not, NoWriteToBinlog, Off, On, Only, Optimize, Or, Order, Outfile, Package, Partition, Password, Persist,
    PersistOnly, Prepare, Previous, Procedure, Profile, Profiles, Purge, Quick, Read, Recursive, Reference, Release, Rename, Repair,
    Repeat, Replace, Reset, Resignal, Resource, Restart, Returning, Revoke, Role, Rollback, Row, Savepoint, Schema, Select, Sequence,
    Server, Session, Set, Share, Show, Shutdown, Signal, Skip, Snapshot, Soname, Source, SqlCalcFoundRows, Start, Statement, Stop,
    StraightJoin, Sysdate, Table, Tables, Tablespace, Temporary, Then, To, Transaction, Trigger, Truncate, Uninstall, Unlock, Until,
    Update, Use, User, Using, UtcDate, UtcTime, UtcTimestamp, Value, Values, View, Warnings, Where, While, With, Work, Xa,
}

internal static class Keywords
{
    private const int Longest = 20;

    private static readonly FrozenDictionary<string, Keyword>.AlternateLookup<ReadOnlySpan<char>> BySpan =
        Enum.GetValues<Keyword>()
            .Where(k => k != Keyword.None)
            .ToFrozenDictionary(Spell, k => k, StringComparer.OrdinalIgnoreCase)
            .GetAlternateLookup<ReadOnlySpan<char>>();

    public static Keyword Find(ReadOnlySpan<char> word) =>
        word.Length is >= 2 and <= Longest && BySpan.TryGetValue(word, out var keyword) ? keyword : Keyword.None;

    /// <summary>The keyword as SQL writes it.</summary>
    public static string Spell(Keyword keyword)
    {
        var sql = new StringBuilder(Longest);
        foreach (var c in keyword.ToString())
        {
            if (char.IsAsciiLetterUpper(c) && sql.Length > 0)
                sql.Append('_');
            sql.Append(char.ToUpperInvariant(c));
        }

        return sql.ToString();
    }
}
