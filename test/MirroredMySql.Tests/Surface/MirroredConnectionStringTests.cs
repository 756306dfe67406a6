using System.Data.Common;

namespace MirroredMySql.Tests.Surface;

/// <summary>The one string that holds both nodes' strings.</summary>
public sealed class MirroredConnectionStringTests
{
    private const string Primary = "Server=db1;Database=shop;User ID=app;Password=\"a;b='c\"";
    private const string Standby = "Server=db2;Database=shop;User ID=app;Password='d;\"e'";

    [Test]
    public void Everything_survives_being_written_and_read()
    {
        var written = new MirroredDbConnectionStringBuilder
        {
            Primary = Primary, Standby = Standby, ReadPreference = ReadPreference.Balanced, FailoverPolicy = FailoverPolicy.WitnessRequired,
            Witness = "Server=db3;Database=witness;Password=';'", ConflictResolution = ConflictResolution.Manual,
        };
        var read = new MirroredDbConnectionStringBuilder(written.ConnectionString).ToOptions();

        Assert.That(
            (read.Primary, read.Standby, read.ReadPreference, read.FailoverPolicy, read.Witness, read.ConflictResolution),
            Is.EqualTo((Primary, Standby, ReadPreference.Balanced, FailoverPolicy.WitnessRequired, written.Witness, ConflictResolution.Manual)));
    }

    [Test]
    public void An_empty_builder_has_the_defaults_of_the_options()
    {
        var (builder, options) = (new MirroredDbConnectionStringBuilder(), new MirroredMySqlOptions());
        Assert.That((builder.ReadPreference, builder.FailoverPolicy), Is.EqualTo((options.ReadPreference, options.FailoverPolicy)));
        Assert.That((builder.Primary, builder.Standby), Is.EqualTo(((string?)null, (string?)null)));
    }

    [Test]
    public void A_value_can_be_taken_back()
    {
        var builder = new MirroredDbConnectionStringBuilder { Primary = Primary };
        builder.Primary = null;
        Assert.That(builder.ConnectionString, Is.Empty);
    }

    [TestCase("Server=db1;Database=shop")]
    [TestCase("Primary='Server=db1;Database=shop';Slave=x")]
    public void A_keyword_of_a_node_is_sent_to_its_own_string(string text)
    {
        var exception = Assert.Throws<MirroredDbException>(() => Make(text));
        Assert.That(exception!.Message, Does.Contain("Primary, Standby").And.Contain("double quotes"));
    }

    [TestCase("ReadPreference=Somewhere")]
    [TestCase("ReadPreference=7")]
    [TestCase("FailoverPolicy=perhaps")]
    [TestCase("ConflictResolution=3")]
    public void A_value_that_is_none_is_named(string option)
    {
        var exception = Assert.Throws<MirroredDbException>(() => Make($"Primary=\"Server=db1;Database=shop\";Standby=\"Server=db2;Database=shop\";{option}"));
        Assert.That(exception!.Message, Does.Contain(option.Split('=')[0]));
    }

    [TestCase("Standby='Server=db2;Database=shop'", "primary")]
    [TestCase("Primary='Server=db1;Database=shop'", "standby")]
    public void A_missing_node_is_named(string text, string node) =>
        Assert.That(Assert.Throws<MirroredDbException>(() => Make(text))!.Message, Does.Contain(node).And.Contain("is missing"));

    [Test]
    public async Task A_connection_without_a_string_says_so_when_it_is_opened()
    {
        using var connection = new MirroredDbConnection();
        Assert.That(connection.ConnectionString, Is.Empty);
        Assert.Throws<InvalidOperationException>(connection.Open);
        connection.ConnectionString = "";
        await Assert.ThrowsAsync<InvalidOperationException>(() => connection.OpenAsync());
    }

    [Test]
    public void The_string_that_a_connection_shows_can_be_read_again()
    {
        using DbConnection connection = new MirroredDbConnection(
            new MirroredDbConnectionStringBuilder { Primary = Primary, Standby = Standby }.ConnectionString);
        var shown = new MirroredDbConnectionStringBuilder(connection.ConnectionString);
        Assert.That(shown.Primary, Does.Contain("db1").And.Not.Contain("b='c"));
        Assert.That(shown.Standby, Does.Contain("db2").And.Not.Contain("d;"));
    }

    private static void Make(string text)
    {
        using var connection = new MirroredDbConnection(text);
    }
}
