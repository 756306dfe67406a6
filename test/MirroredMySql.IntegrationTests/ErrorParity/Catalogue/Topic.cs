namespace MirroredMySql.IntegrationTests.ErrorParity.Catalogue;

/// <summary>The failing statements of one kind.</summary>
internal sealed record Topic(string Name, IReadOnlyList<FailingStatement> Statements)
{
    public static readonly IReadOnlyList<Topic> All =
    [
        new("syntax", SyntaxFailures.All),
        new("names", NameFailures.All),
        new("constraints", ConstraintFailures.All),
        new("values", ValueFailures.All),
        new("queries", QueryFailures.All),
        new("routines", RoutineFailures.All),
        new("definitions", DefinitionFailures.All),
        new("session", SessionFailures.All),
        new("privileges", PrivilegeFailures.All),
        new("contention", ContentionFailures.All),
        new("parameters", ParameterFailures.All) { AllowsUserVariables = false },
    ];

    /// <summary>Whether the driver lets @names pass that are no parameters.</summary>
    public bool AllowsUserVariables { get; private init; } = true;

    public override string ToString() => Name;
}
