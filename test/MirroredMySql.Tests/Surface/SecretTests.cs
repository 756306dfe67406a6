using System.Data.Common;
using MirroredMySql.DependencyInjection;

namespace MirroredMySql.Tests.Surface;

/// <summary>No password reaches a message, a connection string that can be read, or a ToString.</summary>
public sealed class SecretTests
{
    private const string Separators = ";='\" ";
    private const string Letters = "qxzjkQXZJK0123456789";

    [Test]
    public void A_well_written_password_is_shown_nowhere()
    {
        foreach (var password in Passwords(2000))
        {
            var node = new DbConnectionStringBuilder { ["Server"] = "db1", ["Database"] = "shop", ["User ID"] = "app", ["Password"] = password };
            var primary = node.ConnectionString;
            node["Server"] = "db2";
            using var source = new MirroredDbDataSource(Driver.Factory, primary, node.ConnectionString);
            using var connection = source.CreateConnection();
            using var command = connection.CreateCommand();
            var shown = string.Join(
                '\n', source.ConnectionString, connection.ConnectionString, source.ToString(), connection.ToString(), command.ToString(),
                source.Status.ToString(), connection.DataSource, connection.Database);
            AssertHides(shown, password);
        }
    }

    [Test]
    public void A_badly_written_password_is_shown_nowhere([Values("Server=db1;Database=shop;User ID=app;Password={0}", "Server=db1;Pwd={0};Database=shop;User ID=app")] string form)
    {
        const string Standby = "Server=db2;Database=shop;User ID=app;Password=other";
        foreach (var password in Passwords(4000))
        {
            var text = form.Replace("{0}", password, StringComparison.Ordinal);
            foreach (var (primary, standby) in new[] { (text, Standby), (Standby, text), (text, text) })
            {
                AssertHides(Shown(() => new MirroredDbDataSource(Driver.Factory, primary, standby)), password);
                var validated = new MirroredMySqlOptionsValidator().Validate(
                    "orders", new MirroredMySqlOptions { Driver = Driver.Factory, Primary = primary, Standby = standby });
                AssertHides(validated.FailureMessage ?? "", password);
            }

            AssertHides(Shown(() => new MirroredDbDataSource(Driver.Factory, text + ";Sever=x", Standby)), password);
            AssertHides(Shown(() => new MirroredDbConnection($"Primary={text};Standby={Standby}")), password);
            AssertHides(Shown(() => new MirroredDbConnection($"Primary='{text}';Standby=\"{Standby}\"")), password);
        }
    }

    // The second half of a password with an unquoted semicolon looks like a keyword, and may be a part of one that stands before it.
    [TestCase("Server=db1;Database=shop;User ID=app;Password=hunter;data=2", "'data'")]
    [TestCase("Server=db1;Database=shop;User ID=app;Password=hunter;er=2", "'er'")]
    [TestCase("Server=db1;Database=shop;User ID=app;Password=hunter;pass=2", "'pass'")]
    [TestCase("Server=db1;Database=shop;User ID=app;Password=hunter;port=2;swordfish=2", "swordfish")]
    public void Half_a_password_is_not_taken_for_a_keyword(string text, string half)
    {
        var exception = Assert.Throws<MirroredDbException>(() => new MirroredDbDataSource(Driver.Factory, text, "Server=db2;Database=shop"));
        Assert.That(exception!.ToString(), Does.Not.Contain(half));
    }

    private static string Shown(Func<IDisposable> make)
    {
        try
        {
            using var made = make();
            return (made as DbDataSource)?.ConnectionString + (made as DbConnection)?.ConnectionString + made;
        }
        catch (Exception e) when (e is MirroredDbException or ArgumentException)
        {
            return e.ToString();
        }
    }

    private static void AssertHides(string shown, string password)
    {
        foreach (var piece in password.Split(Separators.ToCharArray()).Where(piece => piece.Length >= 5))
        {
            if (shown.Contains(piece, StringComparison.OrdinalIgnoreCase))
                Assert.Fail($"The password »{password}« shows in: {shown}");
        }
    }

    private static IEnumerable<string> Passwords(int count)
    {
        var random = new Random(20251122);
        for (var i = 0; i < count; i++)
        {
            var letters = Enumerable.Range(0, random.Next(5, 28))
                .Select(_ => random.Next(6) == 0 ? Separators[random.Next(Separators.Length)] : Letters[random.Next(Letters.Length)]);
            yield return string.Concat(letters);
        }
    }
}
