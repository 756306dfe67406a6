using MirroredMySql.Sql;

namespace MirroredMySql.Tests.Sql;

internal sealed class SqlScriptCacheTests
{
    [Test]
    public void A_text_is_parsed_once_per_syntax()
    {
        var cache = new SqlScriptCache();
        var script = cache.Get("SELECT \"a\"", SqlSyntax.None);
        Assert.That(cache.Get(new string("SELECT \"a\""), SqlSyntax.None), Is.SameAs(script));
        Assert.That(cache.Get("SELECT \"a\"", SqlSyntax.AnsiQuotes), Is.Not.SameAs(script));
    }

    [Test]
    public void Long_texts_are_not_kept()
    {
        var cache = new SqlScriptCache();
        var sql = "SELECT '" + new string('a', SqlScriptCache.LongestText) + "'";
        Assert.That(cache.Get(sql, SqlSyntax.None).Text, Is.EqualTo(sql));
        Assert.That(cache.Count, Is.Zero);
    }

    [Test]
    public void It_stays_bounded_and_keeps_what_is_in_use()
    {
        var cache = new SqlScriptCache();
        var used = cache.Get("SELECT 1", SqlSyntax.None);
        for (var i = 0; i < 60_000; i++)
        {
            cache.Get("SELECT " + i + " + 1", SqlSyntax.None);
            Assert.That(cache.Get("SELECT 1", SqlSyntax.None), Is.SameAs(used));
        }

        Assert.That(cache.Count, Is.LessThan(2 * SqlScriptCache.GenerationSize / 256));
        Assert.That(cache.Count, Is.GreaterThan(1000));
    }

    [Test]
    public void Threads_share_it()
    {
        var cache = new SqlScriptCache();
        Parallel.For(0, 20_000, i =>
        {
            var sql = "SELECT " + (i % 9000);
            Assert.That(cache.Get(sql, SqlSyntax.None).Text, Is.EqualTo(sql));
        });
    }
}
