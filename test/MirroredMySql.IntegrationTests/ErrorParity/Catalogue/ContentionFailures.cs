using MirroredMySql.LocalServers;

namespace MirroredMySql.IntegrationTests.ErrorParity.Catalogue;

/// <summary>Rows that another session holds.</summary>
internal static class ContentionFailures
{
    private const string Impatient = "SET SESSION innodb_lock_wait_timeout = 0";
    private const string Held = "UPDATE pair SET b = 9 WHERE a = 1; INSERT INTO pair VALUES (7, 7)";

    public static readonly FailingStatement[] All =
    [
        new("SELECT * FROM pair WHERE a = 1 FOR UPDATE NOWAIT") { Meanwhile = Held },
        new("SELECT b FROM pair FOR UPDATE NOWAIT") { Meanwhile = Held },
        new("UPDATE pair SET b = 8 WHERE a = 1") { Meanwhile = Held, Before = Impatient, On = ServerFlavor.MariaDb },
        new("INSERT INTO pair VALUES (7, 7)") { Meanwhile = Held, Before = Impatient, On = ServerFlavor.MariaDb },
        new("DELETE FROM pair ORDER BY a DESC") { Meanwhile = Held, Before = Impatient, On = ServerFlavor.MariaDb },
        new("INSERT INTO parent SELECT a + 10, b FROM pair") { Meanwhile = Held, Before = Impatient, On = ServerFlavor.MariaDb },
        new("UPDATE pair SET b = 8 WHERE a = 1") { Meanwhile = Held, Before = "SET SESSION innodb_lock_wait_timeout = 1", On = ServerFlavor.MySql },
    ];
}
