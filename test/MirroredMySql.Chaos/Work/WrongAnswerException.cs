namespace MirroredMySql.Chaos.Work;

/// <summary>The mirror has answered something that a server would not have.</summary>
internal sealed class WrongAnswerException(string message) : Exception(message);
