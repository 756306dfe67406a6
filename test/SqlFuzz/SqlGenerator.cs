using System.Text.RegularExpressions;
using MirroredMySql.Sql;

namespace MirroredMySql.SqlFuzz;

/// <summary>
/// Writes SQL over the tables t1, t2, m1, the view v1, stored functions and the sequence sq1: texts that servers
/// mostly take, with a write, a lock or something of the session hidden in some of them, where only grammar finds it.
/// </summary>
/// <param name="random">Where the choices come from.</param>
/// <param name="syntax">How the servers read: it decides which quotes and functions there are.</param>
/// <param name="database">The database that qualified names are in.</param>
internal sealed partial class SqlGenerator(Random random, SqlSyntax syntax, string database = "app1")
{
    private static readonly string[] Columns = ["id", "a", "b", "s", "d"];

    private readonly Stack<(string Alias, string[] Columns)> _scope = new();
    private List<string> _tokens = [];
    private bool _isPlainRead;
    private bool _wantsTrap;
    private int _names;

    /// <summary>One to three statements.</summary>
    public SqlSample NextScript()
    {
        var statements = Enumerable.Range(0, Chance(5) ? random.Next(2, 4) : 1).Select(_ => NextStatement()).ToList();
        var tokens = statements.SelectMany((s, i) => i == 0 ? s.Tokens : s.Tokens.Prepend(";"));
        return new SqlSample([.. tokens], statements.TrueForAll(s => s.IsPlainRead));
    }

    public SqlSample NextStatement()
    {
        _tokens = [];
        _isPlainRead = true;
        _wantsTrap = Chance(3);
        _names = 0;
        _scope.Clear();
        switch (random.Next(20))
        {
            case < 14:
                TopQuery();
                break;
            case 14:
                Show();
                break;
            case 15 or 16:
                Explain();
                break;
            case 17:
                Do();
                break;
            default:
                _isPlainRead = false;
                NoRead();
                break;
        }

        return new SqlSample(_tokens, _isPlainRead);
    }

    // Tokens stand between blanks; a comment or a string is one, and nothing may be put into it.
    private void Add(string tokens) => _tokens.AddRange(Parts().Matches(tokens).Select(m => m.Value));

    private void Token(string token) => _tokens.Add(token);

    [GeneratedRegex(@"/\*.+\*/|(?:[^ ']|'[^']*')+")]
    private static partial Regex Parts();

    // What makes more of a statement than a read.
    private void Trap(string tokens)
    {
        _isPlainRead = false;
        _wantsTrap = false;
        Add(tokens);
    }

    private bool Chance(int oneIn) => random.Next(oneIn) == 0;

    private T Pick<T>(params T[] choices) => choices[random.Next(choices.Length)];

    private void List(int count, Action item)
    {
        for (var i = 0; i < count; i++)
        {
            if (i > 0)
                Add(",");
            item();
        }
    }

    private string NewName() => "q" + ++_names;

    private void InScope(Action action)
    {
        var outer = _scope.Count;
        action();
        while (_scope.Count > outer)
            _scope.Pop();
    }
}
