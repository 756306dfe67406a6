#!/usr/bin/env bash
# Breaks one rule of the protocol after the other, as the patches in test/mutations say, and runs the chaos test until it notices:
#
#   test/mutations.sh [--server mariadb|mysql] [--seconds 30] [--runs 6] [NAME …]
#
# Each run has another seed, the same for every patch. Prints how many seconds of chaos each took to be found, and fails where one was not.
# The last run's output of each is kept in the folder that the first line names.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

server=mariadb seconds=30 runs=6
while [ $# -gt 0 ]; do
  case $1 in
    --server) server=$2; shift 2 ;;
    --seconds) seconds=$2; shift 2 ;;
    --runs) runs=$2; shift 2 ;;
    --*) echo "mutations: unknown option $1; see the head of $0" >&2; exit 2 ;;
    *) break ;;
  esac
done
[ $# -gt 0 ] || set -- $(basename -s .patch test/mutations/*.patch)
for name; do
  [ -f "test/mutations/$name.patch" ] || { echo "mutations: there is no test/mutations/$name.patch" >&2; exit 2; }
done

work=$(mktemp -d)
echo "mutations: in $work"
test/install-servers.sh "$server" > /dev/null

# Builds what is committed, broken as a patch says, and runs it; sets `failed` to the first seed that failed, and `took` to the seconds.
run() {
  local name=$1 tree=$work/$1 program began
  mkdir "$tree"
  git archive HEAD | tar -x -C "$tree"
  git -C "$tree" init -q
  [ "$name" = unbroken ] || git -C "$tree" apply "$PWD/test/mutations/$name.patch"
  (cd "$tree" && dotnet build test/MirroredMySql.Chaos -c Release --nologo -v quiet > "$work/$name.log" 2>&1) || { cat "$work/$name.log"; exit 1; }
  program=$(cd "$tree" && dotnet msbuild test/MirroredMySql.Chaos -getProperty:TargetPath -property:Configuration=Release)
  failed=
  began=$(date +%s)
  for seed in $(seq "$runs"); do
    dotnet "$program" --faults --seconds "$seconds" --seed "$seed" --server "$server" --processes 2 --workers 4 > "$work/$name.log" 2>&1 || { failed=$seed; break; }
  done
  took=$(($(date +%s) - began))
  rm -rf "$tree"
}

run unbroken
if [ -n "$failed" ]; then
  echo "mutations: the code as it is fails with seed $failed, so that no failure would prove anything; see $work/unbroken.log" >&2
  exit 1
fi
missed=0
for name; do
  run "$name"
  if [ -n "$failed" ]; then
    echo "$name: found after $took s, by seed $failed: $(tail -n 1 "$work/$name.log" | cut -c1-200)"
  else
    echo "$name: not found in $took s"
    missed=1
  fi
done
exit "$missed"
