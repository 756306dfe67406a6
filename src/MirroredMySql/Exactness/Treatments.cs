using MirroredMySql.Schema;
using MirroredMySql.Sql;

namespace MirroredMySql.Exactness;

/// <summary>Decides what is done with a write. docs/sql.md lists the same rows.</summary>
internal sealed class Treatments
{
    private const StatementTraits Queries = StatementTraits.InsertSelect | StatementTraits.Subquery | StatementTraits.MultiTable;

    private readonly Statement _statement;
    private readonly Func<string, (DatabaseFacts Facts, string Name)?> _find;
    private readonly bool _isText;
    private readonly List<TextEdit> _edits = [];
    private readonly List<Evaluation> _evaluations = [];
    private readonly List<Doubt> _doubts = [];
    private StatementTraits _open; // the hazards that nothing has been done about yet

    private Treatments(Statement statement, bool isText, Func<string, (DatabaseFacts, string)?> find)
    {
        (_statement, _isText, _find) = (statement, isText, find);
        _open = statement.Traits & Hazards.Any;
    }

    /// <param name="statement">The write.</param>
    /// <param name="isText">Whether it travels as text that may be changed.</param>
    /// <param name="find">The facts of a name's database and the name in it, or null when nothing is known of it.</param>
    public static Treatment Of(Statement statement, bool isText, Func<string, (DatabaseFacts, string)?> find) =>
        new Treatments(statement, isText, find).Decide();

    private Treatment Decide()
    {
        if (_statement.Kind is StatementKind.Ddl or StatementKind.Admin)
            return DecideOnSchema();
        var effects = WriteEffects.Of(_statement, _find);
        var inserts = _statement.Verb is StatementVerb.Insert or StatementVerb.Replace;
        // The first is the one that is inserted into; behind it may stand sequences.
        var target = _statement.Tables.Count == 1 || (inserts && _statement.Tables.Count > 0) ? Table(_statement.Tables[0]) : null;
        if (_isText && (_open & Occurrences.Any) != 0)
            TakeValues();
        if (_isText)
            OrderRows(target, inserts);
        if (target is not null && inserts)
            FillDefaults(target);
        DoubtCode(effects);
        _doubts.AddRange(effects.Doubts);
        if (Hazards.Reason(_open) is { } reason)
            _doubts.Add(new Doubt(effects.Tables, reason));

        var isQuery = inserts && _statement.Traits.HasFlag(StatementTraits.InsertSelect);
        return new Treatment
        {
            Tables = [.. effects.Tables],
            Sources = [.. effects.Sources],
            Edits = _edits,
            Evaluations = _evaluations,
            Doubts = _doubts,
            ReadsWithoutLocks = ReadsWithoutLocks(effects),
            OutlivesRollback = effects.OutlivesRollback,
            AssignsVariables = effects.TraitsOfCode.HasFlag(StatementTraits.AssignsUserVariables),
            ReadsTables = effects.CodeReadsTables || (_statement.Traits & (Queries | StatementTraits.Ignore)) != 0 || _statement.Tables.Any(t => Table(t) is { BaseTables.Count: > 1 }),
            NumberedByQuery = isQuery && target?.AutoIncrement is { } numbered ? new Numbering(_statement.Tables[0], numbered) : null,
            UpdatesNumbered = UpdatesNumbered(target),
        };
    }

    // What a schema change does to rows it does to those of its table, and no trigger hears of it.
    private Treatment DecideOnSchema()
    {
        // A table that is created has no rows yet; one that is altered gives its rows the new column's default.
        if (_statement.Verb != StatementVerb.Create && Hazards.Reason(_open) is { } reason)
            _doubts.Add(new Doubt(_statement.Tables, reason));
        if (_statement is { Object: SchemaObject.Event, Verb: not StatementVerb.Drop })
        {
            var body = RoutineBody.Read(BodyOfEvent(), _statement.Syntax);
            _doubts.Add(new Doubt([.. body.Writes.SelectMany(w => w.Statement.Tables)], "each node runs the event by itself"));
        }

        return new Treatment
        {
            Tables = _statement.Tables.Count > 0 || _statement.Name is null ? _statement.Tables : [_statement.Name],
            Doubts = _doubts,
            ReadsTables = _statement.Traits.HasFlag(StatementTraits.CreateSelect),
        };
    }

    private string BodyOfEvent()
    {
        var lexer = new Lexer(_statement.Text, 0, _statement.Syntax);
        var token = lexer.Read();
        while (token.Kind != TokenKind.End && token.Keyword != Keyword.Do)
            token = lexer.Read();
        return _statement.Text[token.End..];
    }

    // A value that is found once becomes a literal; SYSDATE() becomes NOW(), which the statement context repeats.
    private void TakeValues()
    {
        var rest = StatementTraits.None;
        foreach (var call in Occurrences.In(_statement))
        {
            var text = _statement.Text[call.Start..call.End];
            // Without parentheses it may be a column.
            if (call.Trait == StatementTraits.Sysdate && text.EndsWith(')'))
                _edits.Add(new TextEdit(call.Start, call.Start + "SYSDATE".Length, "NOW"));
            else if (call.IsClosed && (call.IsOnce || (call.Trait & Occurrences.ConstantWithinStatement) != 0))
                _evaluations.Add(new Evaluation(text, call.Start, call.End, "", call.Trait));
            else
                rest |= call.Trait;
        }

        _open = (_open & ~Occurrences.Any) | (_open & rest);
    }

    // LIMIT takes the same rows, and a query numbers them in the same order, when the order is that of a key.
    private void OrderRows(TableFacts? target, bool inserts)
    {
        var hasLimit = _statement.Traits.HasFlag(StatementTraits.Limit);
        var isQuery = inserts && _statement.Traits.HasFlag(StatementTraits.InsertSelect);
        if (!hasLimit && !(isQuery && target?.AutoIncrement is not null))
            return;
        if (_statement.Verb is StatementVerb.Insert or StatementVerb.Replace or StatementVerb.Update or StatementVerb.Delete
            && RowOrder.Of(_statement) is { Table: { } name } order
            && Table(Unquoted(name)) is { PrimaryKey.Count: > 0 } source)
        {
            _edits.Add(order.By(source.PrimaryKey));
            _open &= ~StatementTraits.LimitWithoutOrder;
        }
        else if (hasLimit)
        {
            _open |= StatementTraits.LimitWithoutOrder;
        }
    }

    private void FillDefaults(TableFacts target)
    {
        var columns = target.Columns.Where(c => c.Default is not null).ToList();
        if (columns.Count == 0)
            return;
        var shape = _isText ? InsertShape.Of(_statement) : null;
        foreach (var column in columns)
        {
            if (shape is null || !Fill(shape, target, column))
                _doubts.Add(new Doubt(_statement.Tables, $"the default of column {column.Name} gives each node another value"));
        }
    }

    private bool Fill(InsertShape shape, TableFacts target, ColumnFacts column)
    {
        if (!IsClosed(column.Default!))
            return false;
        var index = shape.Columns is { } named
            ? named.FindIndex(c => c.Equals(column.Name, StringComparison.OrdinalIgnoreCase))
            : target.Columns.ToList().IndexOf(column);
        for (var row = 0; row < shape.Rows.Count; row++)
        {
            var values = shape.Rows[row];
            if (index >= 0 && index < values.Count)
            {
                if (_statement.Text[values[index].Start..values[index].End].Equals("DEFAULT", StringComparison.OrdinalIgnoreCase))
                    Evaluate(column, values[index].Start, values[index].End, "");
            }
            else if (shape.Columns is null || (shape.Columns.Count == 0 && !shape.IsSet))
            {
                // INSERT … VALUES () names nothing.
                return values.Count > 0;
            }
            else if (index < 0)
            {
                Evaluate(column, shape.RowEnds[row], shape.RowEnds[row], shape.IsSet ? $",{Identifier.Quote(column.Name)}=" : ",");
            }
        }

        if (index < 0 && !shape.IsSet)
            _edits.Add(new TextEdit(shape.EndOfColumns, shape.EndOfColumns, "," + Identifier.Quote(column.Name)));
        return true;
    }

    private void Evaluate(ColumnFacts column, int start, int end, string prefix)
    {
        var trait = SqlScript.Parse("SELECT " + column.Default, _statement.Syntax).Statements[0].Traits & Occurrences.Any;
        _evaluations.Add(new Evaluation(column.Default!, start, end, prefix, trait));
    }

    // A default that uses other columns cannot be evaluated beside the row.
    private bool IsClosed(string expression)
    {
        var lexer = new Lexer(expression, 0, _statement.Syntax);
        var previous = lexer.Read();
        for (var token = previous; previous.Kind != TokenKind.End; previous = token)
        {
            token = lexer.Read();
            if (previous.IsName && previous.Keyword == Keyword.None && token.Kind != TokenKind.Open && !IsSequence(expression))
                return false;
        }

        return true;
    }

    private static bool IsSequence(string expression) => expression.Contains("nextval", StringComparison.OrdinalIgnoreCase);

    // Only where the server draws ids for sure: one that is set and not drawn would go to a later insert.
    private Numbering? UpdatesNumbered(TableFacts? target) =>
        _isText && target?.AutoIncrement is { } column && _statement.Traits.HasFlag(StatementTraits.OnDuplicateKeyUpdate)
        && InsertShape.Of(_statement) is { Columns: { Count: > 0 } named } && !named.Contains(column, StringComparer.OrdinalIgnoreCase)
            ? new Numbering(_statement.Tables[0], column)
            : null;

    private void DoubtCode(WriteEffects effects)
    {
        if (Hazards.Reason(effects.TraitsOfCode & Hazards.Any) is { } reason)
            _doubts.Add(new Doubt(effects.TablesOfCode, $"code that it runs is not exact: {reason}"));
        // One insert that runs once is the statement's own first automatic id, which the follower is given. A trigger's is not.
        var ids = effects.AutomaticIds;
        if (_statement.Verb is StatementVerb.Call or StatementVerb.Compound && ids is [{ IsMany: false }])
            return;
        foreach (var table in ids.Select(i => i.Table).Distinct(StringComparer.OrdinalIgnoreCase))
            _doubts.Add(new Doubt([table], $"code that the statement runs inserts into {table}, whose automatic ids each node gives out by itself"));
    }

    private Doubt? ReadsWithoutLocks(WriteEffects effects)
    {
        if (effects.CodeReadsTables)
            return new Doubt(effects.Tables, "it runs code that reads without locks, in a transaction below SERIALIZABLE");
        const StatementTraits Variables = StatementTraits.AssignsUserVariables | StatementTraits.ReadsData;
        return (_statement.Traits & Variables) == Variables
            ? new Doubt(effects.Tables, "it sets variables from what it reads without locks, in a transaction below SERIALIZABLE")
            : null;
    }

    private TableFacts? Table(string name) =>
        _find(name) is var (facts, plain) && facts.Tables.TryGetValue(plain, out var table) ? table : null;

    private static string Unquoted(string name) =>
        name.Contains('`', StringComparison.Ordinal) || name.Contains('"', StringComparison.Ordinal)
            ? name.Replace("`", "", StringComparison.Ordinal).Replace("\"", "", StringComparison.Ordinal)
            : name;
}
