using System.Data.Common;

namespace MirroredMySql.Chaos.Control;

/// <summary>The run could not be carried out. The command line tells it in a sentence, as it does with errors of databases.</summary>
internal sealed class ChaosException(string message) : DbException(message);
