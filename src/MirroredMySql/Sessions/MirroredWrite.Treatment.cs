using System.Data;
using System.Data.Common;
using System.Globalization;
using MirroredMySql.Drivers;
using MirroredMySql.Exactness;
using MirroredMySql.Sql;

namespace MirroredMySql.Sessions;

/// <summary>Before the write runs: what has to be done so that it does the same on both nodes.</summary>
internal sealed partial class MirroredWrite
{
    private Treatment _treatment = null!;
    private string _beginSql = ""; // of a transaction of its own
    private string _followerVariables = "";
    private Doubt? _unevaluated;

    /// <summary>Decides on the treatment and asks the lead for what has to be found once.</summary>
    private async ValueTask TreatAsync(bool async, CancellationToken cancellationToken)
    {
        _treatment = await _session.TreatmentOfAsync(_statement, _caller.IsText, _lead, _follower, async, cancellationToken).ConfigureAwait(false);
        if (_session.Mirror.Options.UnsafeStatements == UnsafeStatements.Throw && _follower is not null && FirstDoubt is { } doubt)
        {
            throw new MirroredDbException(
                $"{VerbText} could leave different rows on the two nodes: {doubt.Reason}. Write it another way (docs/sql.md says how), or set UnsafeStatements to MarkSuspect.");
        }

        var sql = _treatment.IsPlain ? _statement.Text : await RewriteAsync(async, cancellationToken).ConfigureAwait(false);
        if (_follower is not null && _session.HasVariablesFromData && _caller.UsesVariables(_statement))
            _followerVariables = await ReadVariablesAsync(async, cancellationToken).ConfigureAwait(false);
        if (IsOwnTransaction)
        {
            var isLow = _session.IsBelowRepeatableRead || _session.NextIsolation is IsolationLevel.ReadCommitted or IsolationLevel.ReadUncommitted;
            var isolation = _treatment.ReadsWithoutLocks is not null ? IsolationLevel.Serializable : isLow ? IsolationLevel.RepeatableRead : IsolationLevel.Unspecified;
            _beginSql = _session.TakeNext(out _) + SessionTransaction.Begin(isolation);
        }

        _context.UpdatesNumbered = _treatment.UpdatesNumbered;
        _run = new StatementRun(_statement, sql, _caller, _context);
        if (IsFencedAtOnce)
            _context.Fences = (FenceOf(_lead), _follower is null ? "" : FenceOf(_follower));
    }

    // What can be run again is fenced in the packet of the statement; a change of epoch then costs nothing but a retry.
    private bool IsFencedAtOnce => IsRepeatable && _run.IsOnePacket;

    private string FenceOf(NodeConnection connection) => "," + Fence.Assignment(connection.Node, _session.Formation.Token);

    // What cannot be repeated, in the transaction in which it runs.
    private IEnumerable<Doubt> Doubts
    {
        get
        {
            foreach (var doubt in _treatment.Doubts)
                yield return doubt;
            if (_unevaluated is not null)
                yield return _unevaluated;
            if (_transaction is null)
                yield break;
            if (_treatment.ReadsWithoutLocks is { } reading && !_session.IsSerializable(_transaction))
                yield return reading;
            if (_session.IsBelowRepeatableReadIn(_transaction)
                && (_statement.Traits & (StatementTraits.InsertSelect | StatementTraits.Subquery)) != 0)
            {
                yield return new Doubt(_treatment.Tables, "below REPEATABLE READ its query reads without locks");
            }
        }
    }

    private Doubt? FirstDoubt => Doubts.FirstOrDefault();

    private async ValueTask<string> RewriteAsync(bool async, CancellationToken cancellationToken)
    {
        var edits = new List<TextEdit>(_treatment.Edits);
        var evaluations = _treatment.Evaluations;
        if (evaluations.Count > 0)
        {
            object?[] values;
            try
            {
                values = await AskLeadAsync(evaluations.Select(Question), async, cancellationToken).ConfigureAwait(false);
            }
            catch (DbException e) when (MayRunUnevaluated && _lead.IsOpen && _lead.Classify(e) == FailureKind.Statement)
            {
                // The statement fails as well, most likely, but the server chooses with which of its errors.
                _unevaluated = new Doubt(_treatment.Tables, "the values that it draws could not be found beforehand");
                values = [];
            }

            for (var i = 0; i < values.Length; i++)
            {
                var literal = SqlLiteral.Of(values[i], _statement.Syntax);
                edits.Add(new TextEdit(evaluations[i].Start, evaluations[i].End, evaluations[i].Prefix + literal));
                if (evaluations[i].Trait.HasFlag(StatementTraits.UserLock))
                    _session.IsDirty = _session.HoldsUnrepeatableState = _session.HoldsLocks = true;
                if (evaluations[i].Trait.HasFlag(StatementTraits.Sequence))
                    _followerVariables += SetSequence(evaluations[i].Expression, literal);
            }
        }

        return TextEdit.Apply(_statement.Text, edits);
    }

    private bool MayRunUnevaluated => _follower is null || _session.Mirror.Options.UnsafeStatements == UnsafeStatements.MarkSuspect;

    // What the caller's previous statement left behind is only known here: the lead has run ours since.
    private string Question(Evaluation evaluation) =>
        evaluation.Trait.HasFlag(StatementTraits.ReadsDiagnostics) && _session.Aftermath?.Answer(evaluation.Expression) is { } answer
            ? answer
            : evaluation.Expression;

    // NEXTVAL(s) and NEXT VALUE FOR s draw, SETVAL sets; the other functions only look.
    private static string SetSequence(string expression, string literal)
    {
        var words = expression.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (words is [var next, var value, var @for, .. var name] && next.Equals("NEXT", StringComparison.OrdinalIgnoreCase)
            && value.Equals("VALUE", StringComparison.OrdinalIgnoreCase) && @for.Equals("FOR", StringComparison.OrdinalIgnoreCase))
        {
            return $"DO SETVAL({string.Concat(name)},{literal},1);";
        }

        var open = expression.IndexOf('(', StringComparison.Ordinal);
        var function = open > 0 ? expression[..open].Trim() : "";
        return function.Equals("NEXTVAL", StringComparison.OrdinalIgnoreCase) ? $"DO SETVAL({expression[(open + 1)..expression.LastIndexOf(')')]},{literal},1);"
            : function.Equals("SETVAL", StringComparison.OrdinalIgnoreCase) ? $"DO {expression};"
            : "";
    }

    // Each node has read its variables from its own tables, at its own moment: the follower is given the lead's.
    private async ValueTask<string> ReadVariablesAsync(bool async, CancellationToken cancellationToken)
    {
        var names = _caller.VariablesOf(_statement).Select(Identifier.Quote).ToList();
        if (names.Count == 0)
            return "";
        var values = await AskLeadAsync(names.SelectMany(n => new[] { "@" + n, $"COLLATION(@{n})" }), async, cancellationToken).ConfigureAwait(false);
        var assignments = names.Select((name, i) => $"@{name}={Typed(values[2 * i], values[(2 * i) + 1])}");
        return $"SET {string.Join(',', assignments)};";

        string Typed(object? value, object? collation) =>
            value is string text && collation is string known
                ? $"CONVERT({Identifier.Literal(text, _session.Syntax.HasBackslashEscapes)} USING {known.Split('_')[0]}) COLLATE {known}"
                : SqlLiteral.Of(value, _session.Syntax);
    }

    /// <summary>
    /// A query's rows may get ids with gaps where others insert at the same time (innodb_autoinc_lock_mode=2); the follower numbers them
    /// without. Looks whether the lead has all of them in a row: an id in between that is another's makes one of the two fail there.
    /// </summary>
    private async ValueTask CompareIdsAsync(int affected, bool async)
    {
        if (_treatment.NumberedByQuery is not { } numbering)
            return;
        var isCounted = _statement.Verb == StatementVerb.Insert && !_statement.Traits.HasFlag(StatementTraits.OnDuplicateKeyUpdate);
        if (isCounted && (affected <= 1 || _context.GeneratedId == 0 || !_lead.Node.Facts!.GivesIdsWithGaps))
            return;
        if (!isCounted)
        {
            Suspect($"{VerbText} … SELECT into automatic ids replaced or updated rows, and the ids that it drew for them are not known.");
            return;
        }

        var column = Identifier.Quote(numbering.Column);
        using var command = _lead.Physical.CreateCommand();
        command.CommandTimeout = _caller.Own.CommandTimeout;
        command.CommandText = FormattableString.Invariant(
            $"SELECT COUNT(*) FROM {numbering.QuotedTable} WHERE {column}>={_context.GeneratedId} AND {column}<{_context.GeneratedId + (ulong)affected} LIMIT 1");
        var row = await SqlLiteral.RowAsync(command, async, CancellationToken.None).ConfigureAwait(false);
        if (Convert.ToInt64(row[0], CultureInfo.InvariantCulture) != affected)
            Suspect($"{VerbText} … SELECT got automatic ids with gaps on the lead, because others inserted at the same time.");
    }

    private async ValueTask<object?[]> AskLeadAsync(IEnumerable<string> expressions, bool async, CancellationToken cancellationToken)
    {
        using var command = _lead.Physical.CreateCommand();
        command.CommandText = $"{_lead.TakeDeferred()}SELECT {string.Join(',', expressions)} LIMIT 1";
        return await SqlLiteral.RowAsync(command, async, cancellationToken).ConfigureAwait(false);
    }
}
