using System.Globalization;
using MirroredMySql.Diagnostics;
using MirroredMySql.Drivers;
using MirroredMySql.Exactness;

namespace MirroredMySql.Topology;

/// <summary>
/// This process's signs of life on both nodes, on connections of its own: they renew its lease, tell other processes which epoch it goes
/// by, notice what those have changed, and find a node that answers no more.
/// </summary>
internal sealed class Heartbeat : IAsyncDisposable
{
    // How often it beats within a lease, so that a few beats may fail or be late.
    private const int BeatsInLease = 10;

    // How many signs of life in a row a node that answers may leave unanswered, each for NodeTimeout: a disk may be slow once.
    private const int Stalled = 2;

    private const string Activity = "giving a sign of life";

    // Who announces an epoch waits for whoever holds its row, which is a schema change for as long as that takes.
    private static readonly string Prologue = FormattableString.Invariant($"SET innodb_lock_wait_timeout={StateStore.LockTimeout}");

    // How soon to look again whether an epoch is known to all.
    private static readonly TimeSpan Impatient = TimeSpan.FromMilliseconds(20);

    private readonly Mirror _mirror;
    private readonly BackgroundLoop _loop;
    private readonly Line _primary;
    private readonly Line _standby;
    private volatile bool _hasFailed;

    public Heartbeat(Mirror mirror, TimeProvider time)
    {
        _mirror = mirror;
        (_primary, _standby) = (new Line(mirror, mirror.Primary), new Line(mirror, mirror.Standby));
        _loop = new BackgroundLoop(BeatAsync, Failed, time);
    }

    private TimeSpan Interval => _mirror.Lease.Length / BeatsInLease;

    /// <summary>Whether the latest signs of life did not renew the lease.</summary>
    public bool HasFailed => _hasFailed;

    public void Start() => _loop.Start();

    /// <summary>Beats at once, because the epoch has changed.</summary>
    public void Wake() => _loop.Wake();

    /// <summary>Beats at once, and waits until the nodes have answered, or have been taken out.</summary>
    public async ValueTask BeatAsync(bool async, CancellationToken cancellationToken)
    {
        var beating = _loop.TurnAsync();
        if (async)
            await beating.WaitAsync(cancellationToken).ConfigureAwait(false);
        else
            beating.Wait(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _loop.DisposeAsync().ConfigureAwait(false);
        await Task.WhenAll(_primary.HangUpAsync(), _standby.HangUpAsync()).ConfigureAwait(false);
    }

    private async Task<TimeSpan> BeatAsync(CancellationToken cancellationToken)
    {
        var formation = _mirror.Formation;
        var asked = _mirror.Lease.Now;
        var lines = new[] { _primary, _standby }.Where(line => formation.Contains(line.Node));
        var answers = await Task.WhenAll(lines.Select(line => line.BeatAsync(formation.Token))).ConfigureAwait(false);
        foreach (var answer in answers)
        {
            // A node that leads alone has nobody to hand over to; the monitor goes on asking for it.
            if (answer.HasRestarted && formation.Follower is not null)
                await _mirror.LoseAsync(answer.Node, NodeErrors.Restarted(answer.Node), Activity, async: true).ConfigureAwait(false);
            else if (answer.Error is { } error && formation.Follower is not null)
                await FailedAsync(answer, error, answers.Any(a => a.Error is null)).ConfigureAwait(false);
            else if (answer.Error is null && answer.Beat?.Token != formation.Token)
                await _mirror.ReloadAsync(async: true, cancellationToken).ConfigureAwait(false);
        }

        if (_mirror.Formation.Token == formation.Token && answers.All(a => a.Beat?.Token == formation.Token))
            await ConfirmedAsync(formation, asked, answers).ConfigureAwait(false);
        _hasFailed = !_mirror.IsFresh;
        var isUrgent = !_mirror.Formation.Announcement.IsKnown || answers.Any(a => a.Unanswered is > 0 and < Stalled);
        return isUrgent ? Impatient : Interval;
    }

    /// <summary>A sign of life is a write: a node that answers questions, and takes none, cannot serve.</summary>
    private async ValueTask FailedAsync(Answer answer, Exception error, bool otherTakesIt)
    {
        if (DriverFailure.Classify(error, null) == FailureKind.NodeUnavailable)
        {
            await _mirror.LoseAsync(answer.Node, error, Activity, async: true).ConfigureAwait(false);
        }
        else if (await _mirror.AnswersAsync(answer.Node, error, Activity, async: true).ConfigureAwait(false) && answer.Unanswered >= Stalled
            && otherTakesIt && _mirror.MayLose(answer.Node))
        {
            await answer.Node.Watch.FindStalledAsync().ConfigureAwait(false);
        }
    }

    private async Task ConfirmedAsync(Formation formation, Lease.Moment asked, Answer[] answers)
    {
        _mirror.Lease.Renew(formation.Token, asked);
        if (formation.Follower is not null)
        {
            if (answers.Any(a => a.Beat!.HasSilent) || !_mirror.InDoubt.IsEmpty)
                _mirror.Monitor.Wake();
            return;
        }

        if (formation.Announcement.IsKnown)
            return;
        // Whoever could still go on with the other node has said that it will not, or had to do it by now; and it would have had no reason,
        // because this node has answered all the time.
        var (beat, line) = (answers[0].Beat!, LineTo(formation.Lead));
        var isSure = beat.LeaseOfOthers is not { } theirs || line.HasHeard(formation.Token, theirs > _mirror.Lease.Length ? theirs : _mirror.Lease.Length);
        if (beat.IsAnnounced || (isSure && await line.AnnounceAsync(formation.Token).ConfigureAwait(false)))
            formation.Announcement.Complete();
    }

    private Line LineTo(Node node) => node == _primary.Node ? _primary : _standby;

    private TimeSpan Failed(Exception exception)
    {
        Log.MonitorFailed(_mirror.Logger, exception);
        return Interval;
    }

    private readonly record struct Answer(Node Node, Beat? Beat, Exception? Error, bool HasRestarted = false, int Unanswered = 0);

    /// <summary>The connection to one node, opened again when it breaks.</summary>
    private sealed class Line(Mirror mirror, Node node)
    {
        private readonly Lease.Moment _origin = mirror.Lease.Now;
        private OwnConnection? _connection;
        private int _unanswered; // signs of life in a row
        private (string Token, Lease.Moment Since, Lease.Moment Latest) _heard;
        private (string Token, TimeSpan LeastAge) _server; // for how long its server had run at the origin, seen under the token

        public Node Node => node;

        /// <summary>Whether the node has answered under this token without a break for so long.</summary>
        public bool HasHeard(string token, TimeSpan time) =>
            _heard.Token == token && mirror.Lease.Between(_heard.Since, _heard.Latest) > time;

        public async Task<bool> AnnounceAsync(string token)
        {
            using var command = _connection!.Physical.CreateCommand();
            command.CommandText = Instances.Announce(node, token);
            try
            {
                return await command.NonQueryAsync(async: true, CancellationToken.None).ConfigureAwait(false) > 0;
            }
            catch (Exception e) when (DriverFailure.Number(e) == DriverFailure.LockTimeout)
            {
                return false; // who holds the row is waited for again
            }
        }

        // Not cancelled: what is under way ends soon, and the connection is needed to take leave.
        public async Task<Answer> BeatAsync(string token)
        {
            var (isFresh, hasRestarted) = (_connection is null, false);
            try
            {
                if (isFresh)
                {
                    _connection = await OwnConnection.OpenAsync(mirror, node, Prologue, CancellationToken.None).ConfigureAwait(false);
                    hasRestarted = await HasRestartedAsync(_connection!, token).WaitForAsync(mirror.Options.NodeTimeout, CancellationToken.None).ConfigureAwait(false);
                }

                var asked = mirror.Lease.Now;
                var answer = await mirror.Instances.BeatAsync(node, _connection!.Physical, token, async: true, CancellationToken.None)
                    .WaitForAsync(mirror.Options.NodeTimeout, CancellationToken.None).ConfigureAwait(false);
                node.Latency = mirror.Lease.Since(asked);
                _unanswered = 0;
                Heard(answer?.Token ?? "", asked);
                // Within an epoch: between two of them it was brought back by somebody, or is about to be.
                _server = _server with { Token = token };
                return new Answer(node, answer, null, hasRestarted);
            }
            catch (Exception e)
            {
                _connection?.Abandon();
                _connection = null;
                _heard = default;
                // It may have broken long ago: nobody beats on an absent node. A node that is back can be lost again at once, and only
                // who has heard both in the new epoch may go on alone.
                if (!isFresh && e is not TimeoutException)
                    return await BeatAsync(token).ConfigureAwait(false);
                // The former sign of life may still hang there, with the row that this one waits for.
                _unanswered = e is TimeoutException || DriverFailure.Number(e) == DriverFailure.LockTimeout ? _unanswered + 1 : 0;
                return new Answer(node, null, e, hasRestarted, _unanswered);
            }
        }

        // Without full durability a server has lost commits by it that nobody would miss before the nodes are compared.
        private async ValueTask<bool> HasRestartedAsync(OwnConnection connection, string token)
        {
            using var command = connection.Physical.CreateCommand();
            command.CommandText = "SHOW GLOBAL STATUS LIKE 'Uptime'";
            var asked = mirror.Lease.Since(_origin);
            var row = await SqlLiteral.RowAsync(command, async: true, CancellationToken.None).ConfigureAwait(false);
            // Servers count full seconds. By the clock that stands still while this machine sleeps they seem older, and never younger.
            var uptime = TimeSpan.FromSeconds(Convert.ToDouble(row[1], CultureInfo.InvariantCulture));
            var (leastAge, mostAge) = (uptime - mirror.Lease.Since(_origin), uptime + TimeSpan.FromSeconds(1) - asked);
            var isYounger = _server.Token == token && mostAge < _server.LeastAge;
            _server = (token, leastAge);
            return isYounger;
        }

        // A break is what is long enough for others to find the node lost.
        private void Heard(string token, Lease.Moment at)
        {
            if (_heard.Token != token || mirror.Lease.Between(_heard.Latest, at) >= mirror.Options.NodeTimeout)
                _heard = (token, at, at);
            else
                _heard.Latest = at;
        }

        /// <summary>Takes leave, if that can be said: others wait a lease for a process that has gone without a word.</summary>
        public async Task HangUpAsync()
        {
            if (_connection is not { } connection)
                return;
            _connection = null;
            try
            {
                await connection.ExecuteAsync(mirror.Instances.Leave(node), CancellationToken.None).WaitAsync(mirror.Options.NodeTimeout).ConfigureAwait(false);
                await connection.DisposeAsync().AsTask().WaitAsync(mirror.Options.NodeTimeout).ConfigureAwait(false);
            }
            catch (Exception e)
            {
                Log.ConnectionDropped(mirror.Logger, e, node.Name);
                connection.Abandon();
            }
        }
    }
}
