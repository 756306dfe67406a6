#!/bin/sh
# Several processes write at random through the mirror, on private servers; then both nodes are compared:
#
#   test/chaos.sh [--seconds 60] [--processes 4] [--workers 8] [--seed S] [--server mariadb|mysql] [--only insert,ddl] [--except uuid]
#
# Fails on a difference that the mirror has not announced, and on an error that must not happen. `--help` tells all options.
#
#   test/chaos.sh --faults [--seconds 60] [--only-faults server,network.late] [--except-faults lead]
#
# Meanwhile kills and stops servers, spoils the network before them, kills clients and has the lead changed, and then looks for every
# write that was acknowledged. `--no-faults` is the same without a fault.
#
# The driver is MySql.Data, or the one that the environment variable MySqlDriver names.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
project=$here/MirroredMySql.Chaos

fail() {
  echo "chaos: $*" >&2
  exit 1
}

# What to install hangs on this one option; the program itself looks at all of them.
wanted_server() {
  wanted=mariadb
  before=
  for argument; do
    case $argument in
      --server=*) wanted=${argument#--server=} ;;
      *) [ "$before" != --server ] || wanted=$argument ;;
    esac
    before=$argument
  done
  echo "$wanted"
}

build() {
  log=$(mktemp)
  trap 'rm -f "$log"' EXIT
  trap 'exit 1' HUP INT TERM
  echo "chaos: building" >&2
  dotnet build "$project" --configuration Release --nologo --verbosity quiet >"$log" 2>&1 || { cat "$log" >&2; fail "the build failed"; }
  rm -f "$log"
  trap - EXIT HUP INT TERM
}

command -v dotnet >/dev/null || fail "needs the .NET SDK 10 or later, see https://dot.net"
export DOTNET_NOLOGO=1

server=$(wanted_server "$@")
case $server in
  mariadb | mysql) "$here/install-servers.sh" "$server" >&2 ;;
  *) ;; # The program says what is wrong with it.
esac
build
program=$(dotnet msbuild "$project" -getProperty:TargetPath -property:Configuration=Release)
exec dotnet "$program" "$@"
