using Dapper;
using MirroredMySql.LocalServers;

namespace MirroredMySql.IntegrationTests.Failover;

/// <summary>A node is lost while it is read from: nothing that it answers afterwards is handed on.</summary>
[TestFixture(ServerFlavor.MariaDb)]
[TestFixture(ServerFlavor.MySql)]
public sealed class PresenceTests(ServerFlavor flavor) : FailoverTest(flavor)
{
    private const string Where = "SELECT @@port";

    [Test]
    public async Task A_read_is_not_answered_by_a_node_that_is_lost_while_it_is_connected_to([Values] bool async)
    {
        var options = new MirroredMySqlOptions
        {
            ReadPreference = ReadPreference.Standby, NodeTimeout = TimeSpan.FromMinutes(1), Lease = TimeSpan.FromMinutes(5), HealthCheckInterval = TimeSpan.FromHours(1),
        };
        await using var outlook = new Outlook(Pair, options, Logs, isPooled: false);
        await using var reader = await outlook.Source.OpenConnectionAsync();
        // What it is connected to outlives the node's absence, so that it has to connect again.
        await BeAbsentAsync(() => Task.CompletedTask, outlook.Source);
        // Nobody else connects meanwhile.
        await outlook.Source.Mirror.Monitor.DisposeAsync();
        var connections = outlook.ConnectionsTo(NodeRole.Standby);
        Pair.Standby.Suspend();
        var reading = Task.Run(async () => async ? await reader.ExecuteScalarAsync<int>(Where) : reader.ExecuteScalar<int>(Where));
        await Eventually.IsAsync(() => outlook.ConnectionsTo(NodeRole.Standby) > connections);

        using (new HeldReturn())
        {
            await TakeOutStandbyAsync(outlook.Source);
            Pair.Standby.Resume();
            Assert.That(await reading, Is.EqualTo(Pair.Primary.Port));
        }
    }

    [Test]
    public async Task Of_a_text_of_several_reads_none_is_answered_by_a_node_that_has_been_out_meanwhile([Values] bool async)
    {
        await using var source = MakeSource(new MirroredMySqlOptions { ReadPreference = ReadPreference.Standby });
        await using var connection = await source.OpenConnectionAsync();
        await Eventually.IsAsync(() => source.Mirror.IsFresh);
        await using var command = connection.CreateCommand();
        command.CommandText = $"{Where}; {Where}";
        var reader = await command.ExecuteReaderAsync();
        Assert.That(await reader.ReadAsync() && reader.GetInt32(0) == Pair.Standby.Port, Is.True);

        await BeAbsentAsync(() => Task.CompletedTask, source);

        var error = await Assert.CatchAsync<MirroredDbException>(async () => _ = async ? await reader.NextResultAsync() : reader.NextResult());
        Assert.That((error!.IsTransient, error.Node), Is.EqualTo((true, NodeRole.Standby)), error.Message);
        await reader.DisposeAsync();
        Assert.That(connection.ExecuteScalar<int>("SELECT COUNT(*) FROM item"), Is.Zero);
    }
}
