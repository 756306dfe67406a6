using MirroredMySql.DependencyInjection;

namespace MirroredMySql.Tests.Surface;

/// <summary>Whoever sets five values wrongly is told five things, once.</summary>
public sealed class OptionsTests
{
    private const string Primary = "Server=db1;Database=shop";
    private const string Standby = "Server=db2;Database=shop";

    [Test]
    public void The_defaults_are_valid() => Assert.That(new MirroredMySqlOptions().Problems(), Is.Empty);

    [Test]
    public void All_problems_are_reported_at_once()
    {
        var options = Wrong();
        string[] names =
        [
            nameof(options.ReadPreference), nameof(options.RetryAttempts), nameof(options.RetryDelay), nameof(options.FollowerLockTimeout),
            nameof(options.ReconnectInterval),
        ];

        var problems = options.Problems().ToList();
        Assert.That(problems.Select(p => p.Split(' ')[0]), Is.EquivalentTo(names));

        var exception = Assert.Throws<MirroredDbException>(() => Make(options));
        foreach (var name in names)
            Assert.That(exception!.Message, Does.Contain(name));
    }

    [Test]
    public void The_validator_adds_what_is_wrong_with_either_string()
    {
        var options = Wrong();
        options.Primary = "Server=db1";
        options.Standby = null;
        var result = new MirroredMySqlOptionsValidator().Validate("orders", options);

        Assert.That(result.Failed, Is.True);
        Assert.That(result.Failures!.Count(), Is.EqualTo(7));
        Assert.That(result.Failures, Is.All.Contains("'orders'"));
        Assert.That(result.FailureMessage, Does.Contain("primary").And.Contain("standby"));
    }

    [Test]
    public void The_validator_compares_the_two_strings() =>
        Assert.That(
            new MirroredMySqlOptionsValidator().Validate("orders", new() { Driver = Driver.Factory, Primary = Primary, Standby = Primary }).FailureMessage,
            Does.Contain("same database"));

    [Test]
    public void The_validator_has_nothing_against_a_good_pair() =>
        Assert.That(
            new MirroredMySqlOptionsValidator().Validate("orders", new() { Driver = Driver.Factory, Primary = Primary, Standby = Standby }).Succeeded, Is.True);

    [TestCase(0, true)]
    [TestCase(100, true)]
    [TestCase(-1, false)]
    [TestCase(101, false)]
    public void Retry_attempts_have_bounds(int value, bool valid) =>
        Assert.That(new MirroredMySqlOptions { RetryAttempts = value }.Problems().Any(), Is.Not.EqualTo(valid));

    [TestCase(1000, true)]
    [TestCase(3_600_000, true)]
    [TestCase(0, false)]
    [TestCase(1500, false, Description = "The servers take whole seconds.")]
    [TestCase(3_601_000, false)]
    public void The_lock_timeout_is_in_whole_seconds(int milliseconds, bool valid) =>
        Assert.That(new MirroredMySqlOptions { FollowerLockTimeout = TimeSpan.FromMilliseconds(milliseconds) }.Problems().Any(), Is.Not.EqualTo(valid));

    [TestCase(FailoverPolicy.Automatic, null, true)]
    [TestCase(FailoverPolicy.Manual, null, true)]
    [TestCase(FailoverPolicy.WitnessRequired, null, false)]
    [TestCase(FailoverPolicy.WitnessRequired, "  ", false)]
    [TestCase(FailoverPolicy.WitnessRequired, "Server=db3;Database=witness", true)]
    [TestCase(FailoverPolicy.Manual, "Server=db3;Database=witness", true, Description = "An operator may do without it for a moment.")]
    [TestCase(FailoverPolicy.Automatic, "Server=db3;Database=witness", false, Description = "Whoever names a witness believes that it is asked.")]
    [TestCase((FailoverPolicy)7, null, false)]
    public void A_witness_is_named_where_it_is_asked(FailoverPolicy policy, string? witness, bool valid) =>
        Assert.That(new MirroredMySqlOptions { FailoverPolicy = policy, Witness = witness }.Problems().Any(), Is.Not.EqualTo(valid));

    [Test]
    public void A_witness_that_cannot_work_is_said_without_its_password()
    {
        var options = new MirroredMySqlOptions
        {
            Driver = Driver.Factory, Primary = Primary, Standby = Standby, FailoverPolicy = FailoverPolicy.WitnessRequired,
            Witness = "Server=db3;User ID=app;Password=swordfish",
        };
        var message = new MirroredMySqlOptionsValidator().Validate("orders", options).FailureMessage;
        Assert.That(message, Does.Contain("witness").And.Contain("Database=").And.Not.Contain("swordfish"));
        Assert.That(Assert.Throws<MirroredDbException>(() => Make(options))!.ToString(), Does.Contain("witness").And.Not.Contain("swordfish"));
    }

    [Test]
    public void A_data_source_needs_options() => Assert.Throws<ArgumentNullException>(() => Make(null!));

    private static MirroredMySqlOptions Wrong() => new()
    {
        Driver = Driver.Factory, Primary = Primary, Standby = Standby, ReadPreference = (ReadPreference)9, RetryAttempts = -1,
        RetryDelay = TimeSpan.FromSeconds(-1), FollowerLockTimeout = TimeSpan.Zero, ReconnectInterval = TimeSpan.Zero,
    };

    private static void Make(MirroredMySqlOptions options)
    {
        using var source = new MirroredDbDataSource(options);
    }
}
