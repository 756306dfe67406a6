using System.Data.Common;
using MirroredMySql.Chaos.Clients;

namespace MirroredMySql.Tests.Chaos;

/// <summary>Which errors a client of a chaos run may meet.</summary>
public sealed class FaultErrorTests
{
    [TestCase(1205)]
    [TestCase(1213)]
    [TestCase(1042)]
    [TestCase(2013)]
    [TestCase(0, Description = "The driver's own.")]
    public void Errors_of_faults_are_expected(int number) => Assert.That(FaultErrors.IsExpected(Error(number)), Is.True);

    [TestCase(1062, Description = "No deed gives reason for a duplicate key: something was written twice.")]
    [TestCase(1064)]
    [TestCase(1146)]
    [TestCase(1649, Description = "The fence's error is not for callers.")]
    public void Other_errors_of_servers_are_the_mirrors_fault(int number) => Assert.That(FaultErrors.IsExpected(Error(number)), Is.False);

    [Test]
    public void The_number_may_stand_in_the_error_inside() =>
        Assert.That(FaultErrors.IsExpected(new DriverException("outside", Error(1062))), Is.False);

    [Test]
    public void What_the_mirror_says_itself_is_expected()
    {
        foreach (var error in new[]
        {
            new MirroredDbException("run it again", innerException: null, isTransient: true),
            new MirroredDbException("look first") { IsInDoubt = true },
            new MirroredDbException("the command took too long", new TimeoutException()),
        })
            Assert.That(FaultErrors.IsExpected(error), Is.True, error.Message);
    }

    [Test]
    public void A_refusal_of_the_mirror_is_not_expected()
    {
        foreach (var error in new[]
        {
            new MirroredDbException("both nodes have led alone"),
            new MirroredDbException("the login is refused", Error(1045)),
            new MirroredDbException("the connection is ended", new IOException()),
        })
            Assert.That(FaultErrors.IsExpected(error), Is.False, error.Message);
    }

    [Test]
    public void Errors_of_programs_are_not_those_of_a_database()
    {
        foreach (var error in new Exception[] { new InvalidOperationException(), new TimeoutException(), new ObjectDisposedException("x"), new OperationCanceledException() })
            Assert.That(FaultErrors.IsExpected(error), Is.False, error.GetType().Name);
    }

    private static DriverException Error(int number)
    {
        var error = new DriverException("driver", null);
        error.Data["Server Error Code"] = number;
        return error;
    }

    private sealed class DriverException(string message, Exception? inner) : DbException(message, inner);
}
