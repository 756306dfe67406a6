using MirroredMySql.Drivers;

namespace MirroredMySql.Tests.Surface;

/// <summary>A connection string that cannot work is refused with the node, the keyword and the remedy.</summary>
public sealed class NodeConnectionStringTests
{
    private const string Good = "Server=db1;Port=3307;Database=shop;User ID=app;Password=hunter2";
    private const string Other = "Server=db2;Port=3307;Database=shop;User ID=app;Password=hunter3";

    [TestCase(null)]
    [TestCase("")]
    [TestCase("  ")]
    public void A_missing_string_says_how_one_looks(string? text) => Refused(NodeRole.Standby, text, "is missing", "Server=");

    [TestCase("Server")]
    [TestCase("Server=db1;Database")]
    [TestCase("Server=db1;Password=\"abc")]
    [TestCase("=db1")]
    public void A_malformed_string_is_called_so(string text) => Refused(NodeRole.Primary, text, "malformed");

    [TestCase("Sever=db1;Database=shop", "sever")]
    [TestCase("Server=db1;Database=shop;Port=many", "port")]
    [TestCase("Server=db1;Database=shop;Replication=on", "replication")]
    public void An_unknown_keyword_or_value_is_named(string text, string keyword) => Refused(NodeRole.Primary, text, $"'{keyword}'");

    [TestCase("Database=shop;User ID=app", "names no server")]
    [TestCase("Server=;Database=shop", "names no server")]
    [TestCase("Server=db1,db2;Database=shop", "several servers")]
    [TestCase("Server=db1", "names no database")]
    public void One_server_and_one_database_are_asked_for(string text, string complaint) => Refused(NodeRole.Primary, text, complaint);

    [TestCase("AutoEnlist=true")]
    [TestCase("Auto Enlist=true")]
    [TestCase("autoenlist=yes")]
    public void What_defeats_mirroring_is_refused_by_name(string option)
    {
        var exception = Assert.Throws<MirroredDbException>(() => Parse(NodeRole.Primary, $"{Good};{option}"));
        Assert.That(exception!.Message, Does.Contain("Auto Enlist").And.Contain("primary").And.Contain("defeats mirroring"));
    }

    [TestCase("AllowBatch=false")]
    [TestCase("Sql Server Mode=true")]
    public void Options_of_one_driver_that_defeat_mirroring_are_refused_too(string option)
    {
        var exception = Assert.Throws<MirroredDbException>(() => Parse(NodeRole.Primary, $"{option};{Good}"));
        Assert.That(exception!.Message, Does.Contain(Driver.Name == "MySql.Data" ? "defeats mirroring" : "does not know"));
    }

    [Test]
    public void What_mirroring_needs_is_added_where_the_caller_is_silent()
    {
        var builder = Driver.Factory.CreateConnectionStringBuilder()!;
        builder.ConnectionString = Parse(NodeRole.Primary, Good).Value;
        Assert.That(builder["Auto Enlist"], Is.False);
    }

    [Test]
    public void What_is_read_from_a_string_is_what_it_says()
    {
        var parsed = Parse(NodeRole.Primary, Good + ";Connection Timeout=7;Default Command Timeout=9");
        Assert.That((parsed.Server, parsed.Port, parsed.Database, parsed.ConnectTimeout, parsed.CommandTimeout), Is.EqualTo(("db1", "3307", "shop", 7, 9)));
        var silent = Parse(NodeRole.Primary, "Server=db1;Database=shop");
        Assert.That((silent.Port, silent.ConnectTimeout, silent.CommandTimeout), Is.EqualTo(("3306", 15, 30)));
    }

    [TestCase("Server=DB1;Port=3307;Database=Shop;User ID=other;Password=x")]
    [TestCase("Host=db1;Port=3307;Database=shop")]
    [TestCase("Data Source=db1;Port=3307;Initial Catalog=shop")]
    public void One_database_under_two_spellings_makes_no_pair(string standby)
    {
        var exception = Assert.Throws<MirroredDbException>(() => Pair(Good, standby));
        Assert.That(exception!.Message, Does.Contain("same database").And.Contain("db1:3307/shop").And.Not.Contain("hunter2"));
    }

    [TestCase("Server=db1;Port=3308;Database=shop")]
    [TestCase("Server=db1;Port=3307;Database=shop2")]
    public void Another_port_or_database_makes_a_pair(string standby) => Assert.DoesNotThrow(() => Pair(Good, standby));

    [TestCase("Use Affected Rows=true")]
    [TestCase("Allow User Variables=true")]
    [TestCase("Treat Tiny As Boolean=false")]
    [TestCase("Allow Zero DateTime=true")]
    [TestCase("Default Command Timeout=5")]
    public void An_option_that_changes_a_statement_has_to_be_the_same_in_both(string option)
    {
        var exception = Assert.Throws<MirroredDbException>(() => Pair(Good, $"{Other};{option}"));
        Assert.That(exception!.Message.Replace(" ", "", StringComparison.Ordinal), Does.Contain(option.Split('=')[0].Replace(" ", "", StringComparison.Ordinal)).IgnoreCase);
        Assert.DoesNotThrow(() => Pair($"{Good};{option}", $"{Other};{option}"));
    }

    [TestCase("Connection Timeout=3")]
    [TestCase("Max Pool Size=7")]
    [TestCase("Min Pool Size=1")]
    [TestCase("Pooling=false")]
    [TestCase("SslMode=Required")]
    [TestCase("Persist Security Info=true")]
    [TestCase("Connection Reset=true")]
    public void An_option_of_the_connection_alone_may_differ(string option) => Assert.DoesNotThrow(() => Pair(Good, $"{Other};{option}"));

    [Test]
    public void Persist_security_info_does_not_bring_the_password_back()
    {
        var parsed = Parse(NodeRole.Primary, Good + ";Persist Security Info=true");
        Assert.That(parsed.WithoutSecrets, Does.Not.Contain("hunter2").And.Contain("db1"));
    }

    private static NodeConnectionString Parse(NodeRole role, string? text) => NodeConnectionString.Parse(role, text, Driver.Factory);

    private static void Pair(string primary, string standby) =>
        NodeConnectionString.RequirePair(Parse(NodeRole.Primary, primary), Parse(NodeRole.Standby, standby));

    private static void Refused(NodeRole role, string? text, params string[] complaints)
    {
        var exception = Assert.Throws<MirroredDbException>(() => Parse(role, text));
        Assert.That(exception!.Node, Is.EqualTo(role));
        Assert.That(exception.Message, Does.Contain(role == NodeRole.Primary ? "primary" : "standby"));
        foreach (var complaint in complaints)
            Assert.That(exception.Message, Does.Contain(complaint));
    }
}
