using Dapper;
using MirroredMySql.LocalServers;

namespace MirroredMySql.IntegrationTests.Failover;

/// <summary>Sequences, which MySQL has not, when a node comes back.</summary>
public sealed class SequenceTests() : FailoverTest(ServerFlavor.MariaDb)
{
    [Test]
    public async Task A_suspect_sequence_goes_on_behind_the_numbers_of_the_lead()
    {
        await using var connection = await Source.OpenConnectionAsync();
        await connection.ExecuteAsync("CREATE SEQUENCE numbers NOCACHE");
        await using (var direct = Open(Pair.Primary))
            await direct.ExecuteScalarAsync<long>("SELECT SETVAL(numbers, 41)");
        Source.Mirror.Suspects.Add(["numbers"], "a test says so");
        await BeAbsentAsync(() => Task.CompletedTask);

        Assert.That(Source.Status.Suspects, Is.Empty);
        await using var standby = Open(Pair.Standby);
        Assert.That(standby.ExecuteScalar<long>("SELECT NEXTVAL(numbers)"), Is.EqualTo(42));
    }
}
