#!/usr/bin/env bash
# Builds everything and runs every test against MariaDB and MySQL, on private servers. Arguments go to `dotnet test`.
# The driver is MySql.Data, or the one that the environment variable MySqlDriver names.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

test/install-servers.sh
dotnet build MirroredMySql.sln -c Release --nologo -v quiet

log=$(mktemp -d)
trap 'rm -rf "$log"' EXIT
status=0

# Most tests wait for servers, so that groups of them run side by side; each has servers of its own.
run() {
  local name=$1
  shift
  dotnet test "$@" -c Release --no-build --nologo > "$log/$name" 2>&1 && local code=0 || local code=$?
  cat "$log/$name"
  return "$code"
}

if [ $# -gt 0 ]; then
  run all MirroredMySql.sln "$@" || status=$?
else
  run unit test/MirroredMySql.Tests || status=$?
  group() { run "$1" test/MirroredMySql.IntegrationTests --filter "$2" & groups+=($!); }
  groups=()
  group failover "FullyQualifiedName~.Failover.&FullyQualifiedName!~.Failover.LeaseTests&FullyQualifiedName!~.Failover.CommitTests"
  group commits "FullyQualifiedName~.Failover.LeaseTests|FullyQualifiedName~.Failover.CommitTests"
  group absence "FullyQualifiedName~.HungServers.|FullyQualifiedName~.Returns.|FullyQualifiedName~.SchemaChanges."
  group others "FullyQualifiedName!~.Failover.&FullyQualifiedName!~.SchemaChanges.&FullyQualifiedName!~.HungServers.&FullyQualifiedName!~.Returns."
  for group in "${groups[@]}"; do
    wait "$group" || status=$?
  done
fi

# One line for all of them: "Passed!  - Failed: 0, Passed: 12, Skipped: 0, Total: 12 …" each.
cat "$log"/* | awk '
  match($0, /Failed: +[0-9]+, Passed: +[0-9]+, Skipped: +[0-9]+/) {
    split(substr($0, RSTART, RLENGTH), n, /[^0-9]+/)
    failed += n[2]; passed += n[3]; skipped += n[4]
  }
  END { printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped; exit passed + failed == 0 }
' || { echo "No test ran." >&2; exit 1; }
exit "$status"
