using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;

namespace MirroredMySql.Tests.Surface;

/// <summary>
/// Every virtual member of ADO.NET's base classes is a trap for a decorator: the defaults throw, block, or do nothing. So each of
/// ours overrides all of them.
/// </summary>
public sealed class OverridesTests
{
    /// <summary>What a type leaves to its base class on purpose, and why that is right.</summary>
    private static readonly Dictionary<(Type Type, string Member), string> Allowed = new()
    {
        [(typeof(MirroredDbConnection), "OnStateChange(StateChangeEventArgs)")] = "Raises the event; there is nothing to decorate.",
        [(typeof(MirroredDbConnection), "add_StateChange(StateChangeEventHandler)")] = "Keeps the handlers; the events are our own state machine's.",
        [(typeof(MirroredDbConnection), "remove_StateChange(StateChangeEventHandler)")] = "As above.",
        [(typeof(MirroredDbException), "get_DbBatchCommand()")] =
            "SQL errors reach the caller as the driver's own exceptions; what the mirror itself has to say is about no single command.",
    };

    private static IEnumerable<Type> PublicTypes =>
        typeof(MirroredDbConnection).Assembly.GetExportedTypes().Where(type => Overrides.Bases.Any(b => b.IsAssignableFrom(type)));

    [Test]
    public void Each_base_class_has_a_type_of_ours() =>
        Assert.That(Overrides.Bases.Where(b => !PublicTypes.Any(b.IsAssignableFrom)), Is.Empty);

    [TestCaseSource(nameof(PublicTypes))]
    public void No_overridable_member_is_forgotten(Type type) =>
        Assert.That(Overrides.MissingIn(type).Where(member => !Allowed.ContainsKey((type, member))), Is.Empty);

    [Test]
    public void Every_exception_to_the_rule_is_still_one() =>
        Assert.That(Allowed.Keys.Where(key => !Overrides.MissingIn(key.Type).Contains(key.Member)), Is.Empty);

    [Test]
    public void A_forgotten_member_is_seen()
    {
        var missing = Overrides.MissingIn(typeof(Forgetful)).ToList();

        Assert.That(missing, Does.Contain("CommitAsync(CancellationToken)").And.Contain("Dispose(Boolean)").And.Contain("get_SupportsSavepoints()"));
        Assert.That(missing, Does.Not.Contain("Commit()").And.Not.Contain("RollbackAsync(CancellationToken)").And.Not.Contain("ToString()"));
    }

    [ExcludeFromCodeCoverage]
    private sealed class Forgetful : DbTransaction
    {
        public override IsolationLevel IsolationLevel => IsolationLevel.RepeatableRead;

        protected override DbConnection? DbConnection => null;

        public override void Commit()
        {
        }

        public override void Rollback()
        {
        }

        public override Task RollbackAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;
    }
}
