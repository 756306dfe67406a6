using System.Data.Common;
using Dapper;
using MirroredMySql.LocalServers;

namespace MirroredMySql.IntegrationTests;

/// <summary>A mirrored connection for Dapper, and tables that are the same on both nodes in the end.</summary>
public abstract class DapperTest(ServerFlavor flavor) : MirroredTest(flavor)
{
    private protected static readonly string[] Names = ["alpha", "βeta", "三", "😀 four", "five's"];

    private protected MirroredDbConnection Connection { get; private set; } = null!;

    [SetUp]
    public void CreateTables()
    {
        Connection = Source.OpenConnection();
        Connection.Execute(
            """
            CREATE TABLE customer (id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(60) NOT NULL UNIQUE, level INT NOT NULL DEFAULT 0);
            CREATE TABLE purchase (id INT AUTO_INCREMENT PRIMARY KEY, customer_id INT NOT NULL, total DECIMAL(12,4) NOT NULL,
                made DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6), note TEXT NULL, data VARBINARY(100) NULL,
                FOREIGN KEY (customer_id) REFERENCES customer (id))
            """);
    }

    [TearDown]
    public async Task CloseAsync()
    {
        if (Connection is not null)
            await Connection.DisposeAsync();
        await AssertIdenticalAsync();
    }

    private protected void Seed() => Connection.Execute("INSERT INTO customer (name, level) VALUES (@name, @level)", Names.Select((name, level) => new { name, level }));

    private protected async Task<int> ExecuteAsync(string sql, object? parameters, bool async, DbTransaction? transaction = null) =>
        async ? await Connection.ExecuteAsync(sql, parameters, transaction) : Connection.Execute(sql, parameters, transaction);

    private protected sealed record Customer(int Id, string Name, int Level);

    private protected sealed record Purchase(int Id, decimal Total);
}
