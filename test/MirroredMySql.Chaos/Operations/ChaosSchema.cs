namespace MirroredMySql.Chaos.Operations;

/// <summary>
/// The tables, routines and triggers that the operations work on, and what they hold at the start. Each family of operations has tables of
/// its own where one hazard would otherwise hide behind another.
/// </summary>
internal static class ChaosSchema
{
    public const int Accounts = 40;
    public const long Balance = 1_000;
    public const int Keys = 300;
    public const int Orders = 20;
    public const int Parents = 30;

    /// <summary>The tables that are created, altered and dropped all the time; some of them do not exist at the start.</summary>
    public static IReadOnlyList<string> ChangingTables { get; } = ["ddl_a", "ddl_b", "ddl_c", "ddl_d"];

    /// <summary>Statements for both nodes, through the mirror, in this order.</summary>
    public static IEnumerable<string> Statements =>
    [
        "CREATE TABLE accounts (id INT PRIMARY KEY, balance BIGINT NOT NULL, changed TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6))",
        "CREATE TABLE items (id INT PRIMARY KEY, k INT NOT NULL, n INT NOT NULL, label VARCHAR(60) NULL, made DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6), KEY (k))",
        "CREATE TABLE notes (id BIGINT AUTO_INCREMENT PRIMARY KEY, author INT NOT NULL, body VARCHAR(200) NOT NULL, made TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6), KEY (author))",
        "CREATE TABLE heap (n INT NOT NULL, label VARCHAR(60) NULL, KEY (n))",
        "CREATE TABLE tallies (name VARCHAR(20) PRIMARY KEY, n INT NOT NULL)",
        "CREATE TABLE drawers (id INT AUTO_INCREMENT PRIMARY KEY, code INT NOT NULL UNIQUE, n INT NOT NULL)",
        "CREATE TABLE slots (id INT AUTO_INCREMENT PRIMARY KEY, a INT NOT NULL UNIQUE, b INT NOT NULL UNIQUE, n INT NOT NULL)",
        "CREATE TABLE copies (id BIGINT AUTO_INCREMENT PRIMARY KEY, source INT NOT NULL, n INT NOT NULL)",
        "CREATE TABLE snapshots (worker INT NOT NULL, item INT NOT NULL, n INT NOT NULL, PRIMARY KEY (worker, item))",
        "CREATE TABLE totals (id INT PRIMARY KEY, total BIGINT NULL)",
        "CREATE TABLE tasks (id BIGINT AUTO_INCREMENT PRIMARY KEY, priority INT NOT NULL, worker INT NULL, KEY (priority))",
        "CREATE TABLE loose_tasks (id BIGINT AUTO_INCREMENT PRIMARY KEY, priority INT NOT NULL, worker INT NULL, KEY (priority))",
        "CREATE TABLE committed (id INT PRIMARY KEY, k INT NOT NULL, n INT NOT NULL, KEY (k))",
        "CREATE TABLE committed_copies (id INT PRIMARY KEY, n INT NOT NULL)",
        "CREATE TABLE serialized (id INT PRIMARY KEY, k INT NOT NULL, n INT NOT NULL, KEY (k))",
        "CREATE TABLE orders (id INT PRIMARY KEY, total INT NOT NULL, line_count INT NOT NULL)",
        "CREATE TABLE order_lines (order_id INT NOT NULL, line INT NOT NULL, price INT NOT NULL, PRIMARY KEY (order_id, line))",
        "CREATE TABLE parents (id INT PRIMARY KEY, code INT NOT NULL UNIQUE, n INT NOT NULL)",
        "CREATE TABLE children (id BIGINT AUTO_INCREMENT PRIMARY KEY, parent_code INT NOT NULL, n INT NOT NULL, FOREIGN KEY (parent_code) REFERENCES parents (code) ON DELETE CASCADE ON UPDATE CASCADE)",
        "CREATE TABLE fixed_parents (id INT PRIMARY KEY)",
        "CREATE TABLE fixed_children (id BIGINT AUTO_INCREMENT PRIMARY KEY, parent_id INT NOT NULL, FOREIGN KEY (parent_id) REFERENCES fixed_parents (id))",
        "CREATE TABLE routine_rows (id BIGINT AUTO_INCREMENT PRIMARY KEY, origin VARCHAR(20) NOT NULL, n BIGINT NULL)",
        "CREATE TABLE routine_log (id BIGINT AUTO_INCREMENT PRIMARY KEY, row_id BIGINT NOT NULL, at DATETIME(6) NOT NULL)",
        "CREATE TABLE read_rows (id BIGINT AUTO_INCREMENT PRIMARY KEY, total BIGINT NULL)",
        "CREATE TABLE function_rows (id BIGINT AUTO_INCREMENT PRIMARY KEY, n BIGINT NULL)",
        "CREATE TABLE watched (id BIGINT AUTO_INCREMENT PRIMARY KEY, n INT NOT NULL, doubled INT NULL, made DATETIME(6) NULL)",
        "CREATE TABLE audit (id BIGINT AUTO_INCREMENT PRIMARY KEY, watched_id BIGINT NOT NULL, n INT NOT NULL, what VARCHAR(10) NOT NULL, at DATETIME(6) NOT NULL)",
        "CREATE TABLE variable_rows (id BIGINT AUTO_INCREMENT PRIMARY KEY, n BIGINT NULL, label VARCHAR(60) NULL)",
        "CREATE TABLE uuids (id VARCHAR(36) PRIMARY KEY, n INT NOT NULL, tag VARCHAR(36) NULL)",
        "CREATE TABLE dice (id BIGINT AUTO_INCREMENT PRIMARY KEY, chance DOUBLE NOT NULL, at DATETIME(6) NOT NULL, day DATE NULL)",
        "CREATE TABLE temporary_rows (id BIGINT AUTO_INCREMENT PRIMARY KEY, n INT NOT NULL, label VARCHAR(60) NULL)",
        "CREATE TABLE documents (id BIGINT AUTO_INCREMENT PRIMARY KEY, code INT NOT NULL, doc JSON NULL, body TEXT NULL, data BLOB NULL, KEY (code))",
        "CREATE TABLE batch_rows (id BIGINT AUTO_INCREMENT PRIMARY KEY, n INT NOT NULL, label VARCHAR(60) NULL)",
        "CREATE TABLE stubborn (id INT PRIMARY KEY, k INT NOT NULL, n INT NOT NULL, KEY (k))",
        "CREATE TABLE stubborn_copies (id BIGINT AUTO_INCREMENT PRIMARY KEY, source INT NOT NULL, n INT NOT NULL)",
        "CREATE TABLE viewed (id INT PRIMARY KEY, k INT NOT NULL, n INT NOT NULL)",
        "CREATE TABLE ddl_a (id BIGINT AUTO_INCREMENT PRIMARY KEY, n INT NULL, label VARCHAR(60) NULL)",
        "CREATE TABLE ddl_b (id BIGINT AUTO_INCREMENT PRIMARY KEY, n INT NULL, label VARCHAR(60) NULL)",
        "CREATE PROCEDURE add_one(IN value INT) INSERT INTO routine_rows (origin, n) VALUES ('one', value)",
        """
        CREATE PROCEDURE add_several(IN value INT)
        BEGIN
          INSERT INTO routine_rows (origin, n) VALUES ('several', value), ('several', value + 1);
          INSERT INTO routine_log (row_id, at) VALUES (LAST_INSERT_ID(), NOW(6));
          UPDATE tallies SET n = n + 1 WHERE name = 'routine';
        END
        """,
        """
        CREATE PROCEDURE add_read(IN low INT)
        BEGIN
          DECLARE total BIGINT;
          SELECT SUM(n) INTO total FROM items WHERE k BETWEEN low AND low + 5;
          INSERT INTO read_rows (total) VALUES (total);
        END
        """,
        "CREATE FUNCTION twice(value INT) RETURNS INT DETERMINISTIC NO SQL RETURN value * 2",
        "CREATE FUNCTION total_of(low INT) RETURNS BIGINT READS SQL DATA RETURN (SELECT SUM(n) FROM items WHERE k BETWEEN low AND low + 5)",
        "CREATE TRIGGER watched_before BEFORE INSERT ON watched FOR EACH ROW SET NEW.doubled = NEW.n * 2, NEW.made = NOW(6)",
        "CREATE TRIGGER watched_after AFTER INSERT ON watched FOR EACH ROW INSERT INTO audit (watched_id, n, what, at) VALUES (NEW.id, NEW.n, 'insert', NOW(6))",
        "CREATE TRIGGER watched_changed AFTER UPDATE ON watched FOR EACH ROW INSERT INTO audit (watched_id, n, what, at) VALUES (NEW.id, NEW.n, 'update', NOW(6))",
        Fill("accounts (id, balance)", Accounts, i => $"({i}, {Balance})"),
        Fill("items (id, k, n, label)", Keys, i => $"({i}, {i % 50}, {i}, 'item {i}')"),
        Fill("stubborn (id, k, n)", Keys, i => $"({i}, {i % 50}, {i})"),
        Fill("viewed (id, k, n)", Keys, i => $"({i}, {i % 50}, {i})"),
        Fill("orders (id, total, line_count)", Orders, i => $"({i}, 0, 0)"),
        Fill("parents (id, code, n)", Parents, i => $"({i}, {i * 100}, 0)"),
        Fill("fixed_parents (id)", Parents, i => $"({i})"),
        Fill("fixed_children (parent_id)", Parents, i => $"({i})"),
        Fill("tasks (priority)", Keys, i => $"({i % 10})"),
        Fill("loose_tasks (priority)", Keys, i => $"({i % 10})"),
        Fill("totals (id, total)", Orders, i => $"({i}, 0)"),
        "INSERT INTO tallies (name, n) VALUES ('routine', 0), ('transaction', 0), ('ddl', 0)",
    ];

    private static string Fill(string table, int rows, Func<int, FormattableString> row) =>
        $"INSERT INTO {table} VALUES {string.Join(", ", Enumerable.Range(0, rows).Select(i => FormattableString.Invariant(row(i))))}";
}
