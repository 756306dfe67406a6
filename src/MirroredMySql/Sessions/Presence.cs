using MirroredMySql.Topology;

namespace MirroredMySql.Sessions;

/// <summary>
/// A node that is read from, and since when it has had to take part: a process that falls asleep before its read is sent, or that is
/// overtaken by the loss of the node, would otherwise find tables that are being copied.
/// </summary>
/// <param name="Mirror">The pair.</param>
/// <param name="Node">The node.</param>
/// <param name="Since">What the process went by before it chose the node.</param>
internal readonly record struct Presence(Mirror Mirror, Node Node, Formation Since)
{
    /// <summary>To be asked when the node has answered, and before the answer is handed on.</summary>
    /// <exception cref="MirroredDbException">It has been out since, or nobody can know.</exception>
    public async ValueTask RequireAsync(bool async, CancellationToken cancellationToken)
    {
        await Mirror.RequireFreshAsync(async, cancellationToken).ConfigureAwait(false);
        if (Mirror.Formation.AbsencesOf(Node) != Since.AbsencesOf(Node))
            throw NodeErrors.WasOut(Node);
    }
}
