using System.Data.Common;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Dapper;
using MirroredMySql.LocalServers;

namespace MirroredMySql.IntegrationTests;

/// <summary>
/// Ten thousand rows of every type, written at random in every way, are the same on both nodes. The seed is printed; set
/// <c>MIRROREDMYSQL_TEST_SEED</c> to run one again.
/// </summary>
[TestFixture(ServerFlavor.MariaDb)]
[TestFixture(ServerFlavor.MySql)]
public sealed class WorkloadTests(ServerFlavor flavor) : MirroredTest(flavor)
{
    private const int Rows = 10_000;

    private int _seed;

    [SetUp]
    public void CreateTables()
    {
        _seed = int.TryParse(Environment.GetEnvironmentVariable("MIRROREDMYSQL_TEST_SEED"), CultureInfo.InvariantCulture, out var given)
            ? given
            : RandomNumberGenerator.GetInt32(int.MaxValue);
        TestContext.Out.WriteLine($"seed {_seed}");
        using var connection = Source.OpenConnection();
        connection.Execute(
            $"""
            CREATE TABLE everything (
                id INT AUTO_INCREMENT PRIMARY KEY, code VARCHAR(40) NOT NULL UNIQUE, worker INT NOT NULL,
                {string.Join(", ", Columns.Select(c => $"{c.Name} {c.Type} NULL"))},
                made TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
                changed TIMESTAMP(6) NULL DEFAULT NULL ON UPDATE CURRENT_TIMESTAMP(6),
                product DECIMAL(40,6) GENERATED ALWAYS AS (price * i16) STORED,
                label VARCHAR(80) GENERATED ALWAYS AS (CONCAT(code, '/', i8)) VIRTUAL,
                KEY (worker, i16));
            CREATE TABLE child (
                parent_id INT NOT NULL, line INT NOT NULL, chance DOUBLE NULL, made DATETIME(6) NOT NULL, PRIMARY KEY (parent_id, line),
                FOREIGN KEY (parent_id) REFERENCES everything (id) ON DELETE CASCADE)
            """);
    }

    [Test]
    public async Task One_writer_leaves_both_nodes_the_same()
    {
        await using (var connection = await Source.OpenConnectionAsync())
            await new Writer(connection, new Random(_seed), number: 0, isAlone: true).RunAsync(Rows);
        await AssertTheSameAsync();
    }

    [Test]
    public async Task Four_writers_at_once_leave_both_nodes_the_same()
    {
        await Task.WhenAll(Enumerable.Range(0, 4).Select(number => Task.Run(async () =>
        {
            await using var connection = await Source.OpenConnectionAsync();
            await new Writer(connection, new Random(unchecked(_seed + number)), number, isAlone: false).RunAsync(Rows / 4);
        })));
        await AssertTheSameAsync();
    }

    private async Task AssertTheSameAsync()
    {
        var seed = $"seed {_seed}";
        Assert.That(Source.Status.Mode, Is.EqualTo(MirrorMode.Mirrored), seed);
        await AssertSameRowsAsync();
        Assert.That(Source.Status.Suspects, Is.Empty, seed);
        var (primary, standby) = await OnBothAsync<long>("SELECT COUNT(*) FROM everything");
        Assert.That((primary, standby), Is.EqualTo((primary, primary)), seed);
        Assert.That(primary, Is.GreaterThanOrEqualTo(Rows), seed);
        var used = await OnBothAsync<long>($"SELECT {string.Join('+', Columns.Select(c => $"(COUNT({c.Name})>0)"))} FROM everything");
        Assert.That(used, Is.EqualTo(((long)Columns.Length, (long)Columns.Length)), "every column holds something");
        // As text, because the general comparison rounds decimals.
        var decimals = await OnBothAsync<decimal>("SELECT SUM(CRC32(CONCAT_WS('#', id, IFNULL(price, '~'), IFNULL(big, '~'), IFNULL(product, '~')))) FROM everything");
        Assert.That(decimals.Standby, Is.EqualTo(decimals.Primary), seed);
    }

    private sealed record Column(string Name, string Type, Func<Random, object> Value, string Expression = "{0}");

    private static readonly Column[] Columns =
    [
        new("i8", "TINYINT", r => (sbyte)r.Next(sbyte.MinValue, sbyte.MaxValue + 1)),
        new("u8", "TINYINT UNSIGNED", r => (byte)r.Next(256)),
        new("i16", "SMALLINT", r => (short)r.Next(short.MinValue, short.MaxValue + 1)),
        new("u16", "SMALLINT UNSIGNED", r => (ushort)r.Next(ushort.MaxValue + 1)),
        new("i24", "MEDIUMINT", r => r.Next(-(1 << 23), 1 << 23)),
        new("u24", "MEDIUMINT UNSIGNED", r => r.Next(1 << 24)),
        new("i32", "INT", r => r.Next(int.MinValue, int.MaxValue)),
        new("u32", "INT UNSIGNED", r => (uint)r.NextInt64(1L << 32)),
        new("i64", "BIGINT", r => r.NextInt64(long.MinValue, long.MaxValue)),
        new("u64", "BIGINT UNSIGNED", r => unchecked((ulong)r.NextInt64(long.MinValue, long.MaxValue))),
        new("yes", "BOOL", r => r.Next(2) == 0),
        new("bits", "BIT(20)", r => (ulong)r.Next(1 << 20)),
        new("price", "DECIMAL(18,6)", r => decimal.Round((decimal)r.NextInt64(-1_000_000_000_000, 1_000_000_000_000) / 1_000_000m, 6)),
        new("big", "DECIMAL(38,10)", r => new decimal(r.Next(), r.Next(), r.Next(1 << 20), r.Next(2) == 0, 10)),
        new("f", "FLOAT", r => (float)((r.NextDouble() - 0.5) * Math.Pow(10, r.Next(-30, 30)))),
        new("d", "DOUBLE", r => (r.NextDouble() - 0.5) * Math.Pow(10, r.Next(-300, 300))),
        new("day", "DATE", r => new DateTime(1000 + r.Next(9000), 1 + r.Next(12), 1 + r.Next(28))),
        new("at", "DATETIME(6)", r => Moment(r, 1001, 9999)),
        new("at0", "DATETIME", r => Moment(r, 1001, 9999)),
        new("stamp", "TIMESTAMP(6)", r => Moment(r, 1971, 2037)),
        new("clock", "TIME(6)", r => new TimeSpan(r.NextInt64(-30_000_000_000_000, 30_000_000_000_000) / 10 * 10)),
        new("yr", "YEAR", r => r.Next(1901, 2156)),
        new("fixed", "CHAR(20)", r => Text(r, 20)),
        new("word", "VARCHAR(100)", r => Text(r, 100)),
        new("latin", "VARCHAR(20) CHARACTER SET latin1", r => string.Concat(Enumerable.Range(0, r.Next(20)).Select(_ => "aÄöß é'\\"[r.Next(8)]))),
        new("tiny", "TINYTEXT", r => Text(r, 40)),
        new("note", "TEXT", r => Text(r, 150)),
        new("long_note", "LONGTEXT", r => Text(r, 200)),
        new("color", "ENUM('red','green','蓝')", r => new[] { "red", "green", "蓝" }[r.Next(3)]),
        new("tags", "SET('a','b','c','d')", r => string.Join(',', "abcd".Where(_ => r.Next(2) == 0))),
        new("bin", "BINARY(16)", r => Bytes(r, 16)),
        new("vbin", "VARBINARY(60)", r => Bytes(r, r.Next(60))),
        new("tblob", "TINYBLOB", r => Bytes(r, r.Next(60))),
        new("big_blob", "LONGBLOB", r => Bytes(r, r.Next(150))),
        new("doc", "JSON", r => $$"""{"n": {{r.Next()}}, "名": "{{(r.Next(2) == 0 ? "😀" : "北京")}}", "list": [1, null, {{r.Next(9)}}]}"""),
        new("spot", "POINT", r => string.Create(CultureInfo.InvariantCulture, $"POINT({r.Next(-180, 180)}.25 {r.Next(-90, 90)})"), "ST_GeomFromText({0})"),
    ];

    private static DateTime Moment(Random r, int first, int last) =>
        new DateTime(r.Next(first, last), 1 + r.Next(12), 1 + r.Next(28), r.Next(24), r.Next(60), r.Next(60)).AddTicks(r.Next(1_000_000) * 10);

    private static byte[] Bytes(Random r, int length)
    {
        var bytes = new byte[length];
        r.NextBytes(bytes);
        return bytes;
    }

    private static string Text(Random r, int length)
    {
        string[] pieces = ["a", "Z", " ", "北", "京", "ß", "😀", "👩‍🚀", "'", "\"", "\\", "%", "_", "`", ";", "--", "/*", "#", "@p0", "?", "\n", "\t", "é", "Ω"];
        var text = new StringBuilder();
        for (var i = r.Next(length + 1); i > 0; i--)
        {
            var piece = pieces[r.Next(pieces.Length)];
            if (new StringInfo(text + piece).LengthInTextElements <= length && text.Length + piece.Length <= length)
                text.Append(piece);
        }

        return text.ToString().TrimEnd();
    }

    /// <summary>Writes at random through one connection. Writers change their own rows mostly, and each other's now and then.</summary>
    private sealed class Writer(MirroredDbConnection connection, Random random, int number, bool isAlone)
    {
        private int _codes;
        private int _inserted;

        public async Task RunAsync(int rows)
        {
            await connection.ExecuteAsync("SET time_zone = '+00:00'");
            while (await OwnRowsAsync() < rows)
            {
                for (var i = 0; i < 20; i++)
                    await PersistAsync(random.Next(3) == 0 ? TransactionAsync : StepAsync);
            }
        }

        private async Task<int> OwnRowsAsync() => await connection.ExecuteScalarAsync<int>("SELECT COUNT(*) FROM everything WHERE worker = @number", new { number });

        /// <summary>Writers that meet may deadlock; a deadlock is run again, as any application does.</summary>
        private static async Task PersistAsync(Func<Task> act)
        {
            for (var attempt = 1; ; attempt++)
            {
                try
                {
                    await act();
                    return;
                }
                catch (DbException e) when (attempt < 20 && (e.IsTransient || e.Data["Server Error Code"] is 1213 or 1205 or 1020))
                {
                    TestContext.Out.WriteLine($"attempt {attempt}: {e.Message}");
                }
            }
        }

        private async Task TransactionAsync()
        {
            await using var transaction = await connection.BeginTransactionAsync();
            for (var i = random.Next(1, 5); i > 0; i--)
            {
                if (random.Next(4) == 0)
                {
                    await transaction.SaveAsync("one");
                    await StepAsync();
                    if (random.Next(2) == 0)
                        await transaction.RollbackAsync("one");
                    else
                        await transaction.ReleaseAsync("one");
                }
                else
                {
                    await StepAsync();
                }
            }

            if (random.Next(5) == 0)
                await transaction.RollbackAsync();
            else
                await transaction.CommitAsync();
        }

        private Task StepAsync() => random.Next(18) switch
        {
            < 4 or > 13 => InsertAsync("INSERT", random.Next(20, 60), ""),
            4 => InsertAsync("INSERT", 1, ""),
            5 => InsertAsync("INSERT IGNORE", random.Next(1, 30), "", again: true),
            6 => InsertAsync("REPLACE", random.Next(1, 10), "", again: true),
            7 => InsertAsync("INSERT", random.Next(1, 30), " ON DUPLICATE KEY UPDATE u8 = 7, note = CONCAT(VALUES(note), '+'), at = NOW(6)", again: true),
            8 => UpdateAsync(),
            9 => RunAsync("UPDATE everything SET d = RAND(), f = RAND(), at = NOW(6), at0 = CURRENT_TIMESTAMP WHERE worker = @number ORDER BY id LIMIT @n", ("@number", number), ("@n", random.Next(20))),
            10 => RunAsync("DELETE FROM everything WHERE worker = @number AND i16 BETWEEN @low AND @low + 500", ("@number", number), ("@low", random.Next(-32000, 32000))),
            11 => RunAsync(
                "INSERT INTO child (parent_id, line, chance, made) SELECT id, @line, RAND(), NOW(6) FROM everything WHERE worker = @number ORDER BY id DESC LIMIT 15 ON DUPLICATE KEY UPDATE chance = chance + 1",
                ("@line", random.Next(50)), ("@number", number)),
            12 => RunAsync("UPDATE everything e JOIN child c ON c.parent_id = e.id SET e.i32 = c.line, c.chance = e.d WHERE e.worker = @number AND c.line = @line", ("@number", number), ("@line", random.Next(50))),
            _ => isAlone ? CopyAsync() : MeetAsync(),
        };

        private Task InsertAsync(string verb, int rows, string tail, bool again = false)
        {
            var sql = new StringBuilder($"{verb} INTO everything (code, worker, {string.Join(", ", Columns.Select(c => c.Name))}) VALUES ");
            var parameters = new List<(string, object)>();
            for (var row = 0; row < rows; row++)
            {
                var code = again && _codes > 0 && random.Next(2) == 0 ? random.Next(_codes) : _codes++;
                sql.Append(row == 0 ? "(" : ", (").Append(Place($"{number}/{code}")).Append(", ").Append(Place(number));
                foreach (var column in Columns)
                    sql.Append(", ").AppendFormat(CultureInfo.InvariantCulture, column.Expression, Place(random.Next(8) == 0 ? DBNull.Value : column.Value(random)));
                sql.Append(')');
            }

            _inserted += rows;
            return RunAsync(sql + tail, [.. parameters]);

            string Place(object value)
            {
                var name = $"@p{parameters.Count}";
                parameters.Add((name, value));
                return name;
            }
        }

        private Task UpdateAsync()
        {
            var changed = Columns.Where(_ => random.Next(4) == 0).DefaultIfEmpty(Columns[0]).ToList();
            var sets = changed.Select(c => $"{c.Name} = {string.Format(CultureInfo.InvariantCulture, c.Expression, "@" + c.Name)}");
            return RunAsync(
                $"UPDATE everything SET {string.Join(", ", sets)} WHERE worker = @number AND i16 BETWEEN @low AND @low + 2000",
                [.. changed.Select(c => ("@" + c.Name, random.Next(8) == 0 ? DBNull.Value : c.Value(random))), ("@number", number), ("@low", random.Next(-32000, 32000))]);
        }

        // Concurrent INSERT … SELECT into an auto-increment table does not get consecutive ids on MySQL: for a writer that is alone.
        private Task CopyAsync() => RunAsync(
            "INSERT INTO everything (code, worker, i16, word, bits, doc) SELECT CONCAT(code, ':', @n), worker, i16 + 0, word, bits, doc FROM everything WHERE CHAR_LENGTH(code) < 20 ORDER BY id DESC LIMIT 10",
            ("@n", _codes++));

        private Task MeetAsync() => RunAsync("UPDATE everything SET u32 = 1, big = big / 3 WHERE id BETWEEN @low AND @low + 20", ("@low", random.Next(_inserted + 1)));

        private async Task RunAsync(string sql, params (string Name, object Value)[] parameters)
        {
            await using var command = connection.CreateCommand();
            command.CommandText = sql;
            foreach (var (name, value) in parameters)
            {
                var parameter = command.CreateParameter();
                parameter.ParameterName = name;
                parameter.Value = value;
                command.Parameters.Add(parameter);
            }

            if (random.Next(2) == 0)
                await command.ExecuteNonQueryAsync();
            else
                command.ExecuteNonQuery();
        }
    }
}
