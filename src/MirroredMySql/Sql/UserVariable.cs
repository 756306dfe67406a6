namespace MirroredMySql.Sql;

/// <param name="Name">Without the at sign and without quotes; the servers do not tell upper from lower case.</param>
/// <param name="IsAssigned">By <c>:=</c>, INTO or SET.</param>
internal readonly record struct UserVariable(string Name, bool IsAssigned);
