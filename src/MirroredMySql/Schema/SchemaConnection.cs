using System.Data.Common;

namespace MirroredMySql.Schema;

/// <summary>Where one node's schema is read.</summary>
/// <param name="Own">The session's own connection.</param>
/// <param name="TryOpenAside">
/// Opens another one, where the session's own is in a transaction: the server would keep the locks that SHOW INDEX takes until its end,
/// and a schema change would wait for them on one node while the transaction waits for the schema change on the other.
/// </param>
internal readonly record struct SchemaConnection(DbConnection Own, Func<bool, ValueTask<AsideConnection?>>? TryOpenAside = null);
