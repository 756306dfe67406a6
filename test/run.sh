#!/usr/bin/env bash
# Builds everything and runs every test against MariaDB and MySQL, on private servers. Arguments go to `dotnet test`.
# The driver is MySql.Data, or the one that the environment variable MySqlDriver names.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

test/install-servers.sh
dotnet build MirroredMySql.sln -c Release --nologo -v quiet

log=$(mktemp)
trap 'rm -f "$log"' EXIT
status=0
dotnet test MirroredMySql.sln -c Release --no-build --nologo "$@" 2>&1 | tee "$log" || status=$?

# One line for all test projects: "Passed!  - Failed: 0, Passed: 12, Skipped: 0, Total: 12 …" each.
awk '
  match($0, /Failed: +[0-9]+, Passed: +[0-9]+, Skipped: +[0-9]+/) {
    split(substr($0, RSTART, RLENGTH), n, /[^0-9]+/)
    failed += n[2]; passed += n[3]; skipped += n[4]
  }
  END { printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped; exit passed + failed == 0 }
' "$log" || { echo "No test ran." >&2; exit 1; }
exit "$status"
