using MirroredMySql.LocalServers;
using static MirroredMySql.IntegrationTests.ErrorParity.FailingStatement;

namespace MirroredMySql.IntegrationTests.ErrorParity.Catalogue;

/// <summary>Rows that a constraint, a view or a trigger keeps out.</summary>
internal static class ConstraintFailures
{
    public static readonly FailingStatement[] All =
    [
        new("INSERT INTO parent VALUES (1, 'x')") { MeetsEveryDoor = true },
        "INSERT INTO parent VALUES (3, 'one')",
        "INSERT INTO parent VALUES (3, 'three'), (4, 'four'), (1, 'x')",
        "INSERT INTO pair VALUES (3, 3), (1, 1)",
        "INSERT INTO pair SELECT a, b FROM pair",
        "INSERT INTO item (name) VALUES ('new'), ('first')",
        "INSERT INTO parent SET id = 2, code = 'x'",
        "INSERT INTO parent VALUES (1, 'x') ON DUPLICATE KEY UPDATE code = 'two'",
        "UPDATE parent SET code = 'same'",
        "UPDATE pair SET a = 1, b = 1",
        "UPDATE item SET id = 1 WHERE id = 2",
        "UPDATE parent SET id = 2 WHERE id = 1",
        "INSERT INTO child (parent_id) VALUES (9)",
        "INSERT INTO child (parent_id) VALUES (1), (9)",
        "REPLACE INTO child VALUES (1, 9)",
        "UPDATE child SET parent_id = 9",
        "DELETE FROM parent",
        "DELETE FROM parent WHERE id = 1",
        "UPDATE parent SET id = 5 WHERE id = 1",
        OnMariaDb("REPLACE INTO parent VALUES (1, 'other')"),
        "TRUNCATE TABLE parent",
        "DELETE parent FROM parent JOIN child ON child.parent_id = parent.id",
        "INSERT INTO parent VALUES (NULL, 'x')",
        "INSERT INTO parent VALUES (3, NULL)",
        "INSERT INTO parent (id) VALUES (3)",
        "INSERT INTO parent () VALUES ()",
        "UPDATE parent SET code = NULL WHERE id = 2",
        "INSERT INTO item (name, n) VALUES ('x', NULL)",
        "INSERT INTO item (name, n) VALUES ('x', 100)",
        "UPDATE item SET n = 101",
        "UPDATE item SET n = n + 99 ORDER BY id",
        "INSERT INTO item (name, doubled) VALUES ('x', 1)",
        "UPDATE item SET doubled = 1",
        "INSERT INTO checked VALUES (11, 1)",
        "UPDATE checked SET a = 11",
        "INSERT INTO counted VALUES ('a', 1)",
        "UPDATE counted SET many = 1",
        "DELETE FROM counted",
        "INSERT INTO guarded VALUES (1)",
        "INSERT INTO guarded SELECT id FROM parent",
        "REPLACE INTO guarded VALUES (1)",
        "INSERT IGNORE INTO guarded VALUES (1)",
        InItsRows("INSERT INTO parent VALUES (1, 'x') RETURNING id", ServerFlavor.MariaDb),
        BehindARow("INSERT INTO parent VALUES (3, 'three'), (1, 'x') RETURNING id", ServerFlavor.MariaDb),
        InItsRows("REPLACE INTO child VALUES (1, 9) RETURNING id", ServerFlavor.MariaDb),
        BehindARow("DELETE FROM parent ORDER BY id DESC RETURNING id", ServerFlavor.MariaDb),
    ];
}
