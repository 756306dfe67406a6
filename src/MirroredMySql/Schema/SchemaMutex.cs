using System.Security.Cryptography;
using System.Text;

namespace MirroredMySql.Schema;

/// <summary>The named lock on the lead that whoever changes a database's schema holds until both nodes have changed.</summary>
internal static class SchemaMutex
{
    /// <summary>Its name as a literal. Names of locks are 64 characters at most, as names of databases are.</summary>
    public static string Name(string database) =>
        $"'mirrored_mysql.schema.{Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(database.ToUpperInvariant())), 0, 12)}'";
}
