using MirroredMySql.Journal;
using MirroredMySql.Topology;

namespace MirroredMySql.Sessions;

/// <summary>What a session leaves behind with each transaction: its proof, and a journal entry where only one node is left.</summary>
internal sealed partial class Session
{
    // What fits into one packet of any server, as hexadecimal digits.
    private const int LargestEntry = 4 << 20;

    private Writer? _writer;

    /// <summary>Under which name its transactions leave their proofs.</summary>
    public Writer Writer => _writer ??= Mirror.Writers.Take();

    /// <summary>The name is not used again: nobody knows yet what its latest proof will say.</summary>
    public void LeaveInDoubt()
    {
        Mirror.InDoubt[Writer.Id] = true;
        _writer = null;
    }

    public string Proof(Node node, IReadOnlyCollection<string> tables) => Writer.Proof(node, Formation.Token, tables, Syntax, isAlone: false);

    /// <summary>Where writes are not journaled, tables of other databases are copied only if they are on record.</summary>
    public void NoteElsewhere(IReadOnlyCollection<string> tables)
    {
        if (Mirror.Formation.State.Mode == MirrorMode.Resyncing && Mirror.Elsewhere(tables).ToList() is { Count: > 0 } elsewhere)
            Mirror.Suspects.Add(elsewhere, "It was written while the other node was absent, and the journal has been given up.");
    }

    /// <summary>
    /// What a transaction leaves behind that the lead commits alone: its proof, and its entry in the journal unless that is given up.
    /// </summary>
    public string Alone(Node node, CommitUnit unit) =>
        Writer.Proof(node, Formation.Token, unit.Tables, Syntax, isAlone: true)
        + (Formation.State.Mode == MirrorMode.Resyncing ? "" : JournalStatement(node, unit));

    /// <summary>
    /// The statement that puts a transaction into the journal. What cannot be run again elsewhere is there by its tables only: they are
    /// copied when the absent node is back.
    /// </summary>
    private string JournalStatement(Node node, CommitUnit unit)
    {
        var entry = HoldsUnrepeatableState || Doubt is not null || Transaction is { ChangesSession: true } || unit.Writes.Any(w => w.CommitsInside) ? null : JournalCodec.Encode(Recorded(unit.Writes, isSchemaChange: false));
        return JournalSql.Insert(node, Writer, unit.Tables, entry is { Length: <= LargestEntry } ? entry : null, Syntax);
    }

    /// <summary>
    /// Waits until all processes know of the epoch, where only one node leads in it: nothing is committed before, because one of them could
    /// still go on with the other node.
    /// </summary>
    /// <returns>False when the epoch is over before that.</returns>
    /// <exception cref="MirroredDbException">It takes longer than it may.</exception>
    public async ValueTask<bool> IsKnownToAllAsync(bool async)
    {
        var formation = Formation;
        if (await IsKnownToAllAsync(formation, async).ConfigureAwait(false))
            return true;
        return formation.Token == Mirror.Formation.Token ? throw NodeErrors.NotKnownToAll(formation.Lead) : false;
    }

    /// <summary>Waits until all processes know of a formation.</summary>
    /// <returns>False when its epoch is over before that, or it takes longer than it may.</returns>
    public ValueTask<bool> IsKnownToAllAsync(Formation formation, bool async) =>
        formation.Announcement.WaitAsync((2 * Mirror.Options.Lease) + Mirror.Options.NodeTimeout, async);

    /// <summary>Statements with what has to be set before them.</summary>
    public RecordedTransaction Recorded(IReadOnlyList<RecordedWrite> writes, bool isSchemaChange) =>
        new(_database ?? "", [.. _recorded], writes, isSchemaChange);

    /// <summary>Brings in a follower that has come back while the transaction was open: it runs what the lead has run, whose locks are held.</summary>
    /// <returns>Its half, or null when it cannot be reached after all.</returns>
    public async ValueTask<NodeConnection?> JoinLateAsync(CommitUnit unit, bool async)
    {
        if (Formation.Follower is not { } node || await ConnectAsync(node, async, CancellationToken.None).ConfigureAwait(false) is not { } follower)
            return null;
        if (!follower.InTransaction && !follower.HoldsWrite)
            await RunAgainAsync(follower, unit.BeginSql, unit.Tables, unit.Writes, async).ConfigureAwait(false);
        // Before anything is committed.
        await Mirror.SaveSuspectsAsync(async).ConfigureAwait(false);
        return follower;
    }

    private async ValueTask RunAgainAsync(
        NodeConnection follower, string beginSql, IReadOnlyCollection<string> tables, IReadOnlyList<RecordedWrite> writes, bool async)
    {
        try
        {
            if (Transaction is null)
                follower.HoldsWrite = true;
            follower.Begin(beginSql);
            await follower.FlushAsync(async).ConfigureAwait(false);
            var isAlike = true;
            foreach (var write in writes)
                isAlike &= await write.RunAsync(follower.Physical, async, CancellationToken.None).ConfigureAwait(false);
            // Whatever was copied when the node came back, what this transaction has written was not in it.
            if (!isAlike || Doubt is not null || Transaction is { ChangesSession: true } || writes.Any(w => w.IsDoubtful))
                Mirror.Suspects.Add(tables, "A transaction of which the two nodes may make different things was run again on the one that had come back.");
        }
        catch (Exception e) when (follower.Classify(e) is not Drivers.FailureKind.Misuse)
        {
            await ReleaseAsync(follower, mustRollBack: true, async).ConfigureAwait(false);
            throw TransactionErrors.ConnectionLost(follower.Node, e);
        }
    }
}
