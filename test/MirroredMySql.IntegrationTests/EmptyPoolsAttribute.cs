using MirroredMySql.IntegrationTests;
using NUnit.Framework.Interfaces;

[assembly: EmptyPools]

namespace MirroredMySql.IntegrationTests;

/// <summary>
/// Empties the driver's pools after each test. Every test has a database of its own and so pools of its own; MySql.Data keeps them for
/// minutes, until the servers have no connection left to give.
/// </summary>
[AttributeUsage(AttributeTargets.Assembly)]
internal sealed class EmptyPoolsAttribute : Attribute, ITestAction
{
    public ActionTargets Targets => ActionTargets.Test;

    public void BeforeTest(ITest test)
    {
    }

    public void AfterTest(ITest test) =>
#if MYSQLCONNECTOR
        MySqlConnector.MySqlConnection.ClearAllPools();
#else
        MySql.Data.MySqlClient.MySqlConnection.ClearAllPools();
#endif
}
