using System.Data.Common;
using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using MirroredMySql.Drivers;

namespace MirroredMySql.Tests.Surface;

/// <summary>What an exception says about the statement, the connection and the node is read without knowing the driver.</summary>
public sealed class DriverFailureTests
{
    [TestCase(1062, nameof(FailureKind.Statement))]
    [TestCase(1064, nameof(FailureKind.Statement))]
    [TestCase(1153, nameof(FailureKind.Statement))]
    [TestCase(1205, nameof(FailureKind.Deadlock))]
    [TestCase(1213, nameof(FailureKind.Deadlock))]
    [TestCase(1317, nameof(FailureKind.Interrupted))]
    [TestCase(3024, nameof(FailureKind.Interrupted))]
    [TestCase(1969, nameof(FailureKind.Interrupted))]
    [TestCase(2006, nameof(FailureKind.ConnectionLost))]
    [TestCase(2013, nameof(FailureKind.ConnectionLost))]
    [TestCase(1927, nameof(FailureKind.ConnectionLost))]
    [TestCase(1040, nameof(FailureKind.NodeUnavailable))]
    [TestCase(1053, nameof(FailureKind.NodeUnavailable))]
    [TestCase(1290, nameof(FailureKind.NodeUnavailable))]
    [TestCase(1045, nameof(FailureKind.Configuration))]
    [TestCase(1049, nameof(FailureKind.Configuration))]
    public void A_servers_number_decides(int number, string kind)
    {
        Assert.That(DriverFailure.Classify(new ServerException(number), null).ToString(), Is.EqualTo(kind));
        Assert.That(DriverFailure.Classify(new ServerException(0, new ServerException(number)), null).ToString(), Is.EqualTo(kind), "an inner exception carries it as well");
        Assert.That(DriverFailure.Number(new InvalidOperationException("outer", new ServerException(number))), Is.EqualTo(number));
    }

    [Test]
    public void Without_a_number_the_inner_exceptions_decide()
    {
        Assert.That(Classify(new SocketException(10054)), Is.EqualTo(FailureKind.ConnectionLost));
        Assert.That(Classify(new EndOfStreamException()), Is.EqualTo(FailureKind.ConnectionLost));
        Assert.That(Classify(new IOException()), Is.EqualTo(FailureKind.ConnectionLost));
        Assert.That(Classify(new TimeoutException()), Is.EqualTo(FailureKind.Interrupted));
        Assert.That(Classify(null), Is.EqualTo(FailureKind.Statement));

        static FailureKind Classify(Exception? inner) => DriverFailure.Classify(new ServerException(0, inner), null);
    }

    [Test]
    public void A_cancellation_leaves_the_outcome_open() =>
        Assert.That(DriverFailure.Classify(new OperationCanceledException(), null), Is.EqualTo(FailureKind.Interrupted));

    [Test]
    public void A_connection_that_closed_itself_was_lost()
    {
        using var closed = Driver.Factory.CreateConnection()!;
        Assert.That(DriverFailure.Classify(new ServerException(0), closed), Is.EqualTo(FailureKind.ConnectionLost));
        Assert.That(DriverFailure.Classify(new InvalidOperationException(), closed), Is.EqualTo(FailureKind.ConnectionLost));
        Assert.That(DriverFailure.Classify(new ServerException(1062), closed), Is.EqualTo(FailureKind.Statement));
        Assert.That(DriverFailure.Classify(new ArgumentException(), closed), Is.EqualTo(FailureKind.Misuse));
    }

    [Test]
    public void A_wrong_call_is_neither_a_statement_nor_an_outage()
    {
        Assert.That(DriverFailure.Classify(new InvalidOperationException(), null), Is.EqualTo(FailureKind.Misuse));
        Assert.That(DriverFailure.ClassifyConnect(new ArgumentException(), CancellationToken.None), Is.EqualTo(FailureKind.Misuse));
    }

    [TestCase(1045, nameof(FailureKind.Configuration))]
    [TestCase(1049, nameof(FailureKind.Configuration))]
    [TestCase(1040, nameof(FailureKind.NodeUnavailable))]
    [TestCase(1203, nameof(FailureKind.NodeUnavailable))]
    [TestCase(1226, nameof(FailureKind.NodeUnavailable))]
    [TestCase(4444, nameof(FailureKind.NodeUnavailable))]
    [TestCase(0, nameof(FailureKind.NodeUnavailable))]
    public void Connecting_has_its_own_table(int number, string kind) =>
        Assert.That(DriverFailure.ClassifyConnect(new ServerException(number), CancellationToken.None).ToString(), Is.EqualTo(kind));

    [Test]
    public void A_certificate_that_does_not_fit_is_no_outage() =>
        Assert.That(
            DriverFailure.ClassifyConnect(new ServerException(0, new AuthenticationException()), CancellationToken.None), Is.EqualTo(FailureKind.Configuration));

    [Test]
    public void Only_the_callers_own_cancellation_is_one()
    {
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.That(DriverFailure.ClassifyConnect(new OperationCanceledException(), cancelled.Token), Is.EqualTo(FailureKind.Interrupted));
        Assert.That(DriverFailure.ClassifyConnect(new OperationCanceledException(), CancellationToken.None), Is.EqualTo(FailureKind.NodeUnavailable));
    }

    [Test]
    public async Task The_drivers_own_refusal_is_an_outage([Values] bool async)
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();

        await using var connection = Driver.Factory.CreateConnection()!;
        connection.ConnectionString = $"Server=127.0.0.1;Port={port};Database=shop;User ID=app;Password=x;Pooling=false";
        var exception = async ? await Assert.CatchAsync(() => connection.OpenAsync()) : Assert.Catch(connection.Open);
        Assert.That(DriverFailure.ClassifyConnect(exception!, CancellationToken.None), Is.EqualTo(FailureKind.NodeUnavailable));
    }

    // A greeting as servers send it, without TLS.
    private static readonly byte[] Greeting =
    [
        0, 0, 0, 0, 10, .. "8.0.0"u8, 0, 1, 0, 0, 0, .. "saltsalt"u8, 0, 0x09, 0x82, 45, 2, 0, 0x08, 0, 21, .. new byte[10],
        .. "saltsaltsalt"u8, 0, .. "caching_sha2_password"u8, 0,
    ];

    [Test]
    public async Task A_server_that_dies_in_the_middle_of_the_login_is_an_outage([Values] bool async)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var dying = Task.Run(async () =>
        {
            using var client = await listener.AcceptTcpClientAsync();
            var greeting = Greeting.ToArray();
            greeting[0] = (byte)(greeting.Length - 4);
            await client.GetStream().WriteAsync(greeting);
            Assert.That(await client.GetStream().ReadAsync(new byte[1000]), Is.GreaterThan(0), "the driver has begun to log in");
        });

        await using var connection = Driver.Factory.CreateConnection()!;
        connection.ConnectionString = $"Server=127.0.0.1;Port={((IPEndPoint)listener.LocalEndpoint).Port};Database=shop;User ID=app;Password=x;Pooling=false;SslMode=Disabled";
        var exception = async ? await Assert.CatchAsync(() => connection.OpenAsync()) : Assert.Catch(connection.Open);
        await dying;
        Assert.That(DriverFailure.ClassifyConnect(exception!, CancellationToken.None), Is.EqualTo(FailureKind.NodeUnavailable), exception!.ToString());
    }

    private sealed class ServerException : DbException
    {
        public ServerException(int number, Exception? inner = null)
            : base($"Error {number}", inner)
        {
            if (number > 0)
                Data["Server Error Code"] = number;
        }
    }
}
