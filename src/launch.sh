# To be sourced: installs the server that is asked for, builds one of our programs, and becomes it.
#
#   launch NAME PROJECT [COMMAND] -- [ARGUMENT …]
#
# NAME is what messages begin with; they go to standard error, so that only the program writes to standard output.

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

# Says nothing unless it fails.
build() {
  log=$(mktemp)
  trap 'rm -f "$log"' EXIT
  trap 'exit 1' HUP INT TERM
  dotnet build "$1" --configuration Release --nologo --verbosity quiet >"$log" 2>&1 || { cat "$log" >&2; return 1; }
  rm -f "$log"
  trap - EXIT HUP INT TERM
}

launch() {
  name=$1 project=$2 command=
  shift 2
  [ "$1" = -- ] || { command=$1; shift; }
  shift
  command -v dotnet >/dev/null || { echo "$name: needs the .NET SDK 10 or later, see https://dot.net" >&2; exit 1; }
  export DOTNET_NOLOGO=1
  server=$(wanted_server "$@")
  case $server in
    mariadb | mysql) "$root/test/install-servers.sh" "$server" >&2 ;;
    *) ;; # The program says what is wrong with it.
  esac
  echo "$name: building" >&2
  build "$project" || { echo "$name: the build failed" >&2; exit 1; }
  program=$(dotnet msbuild "$project" -getProperty:TargetPath -property:Configuration=Release)
  exec dotnet "$program" $command "$@"
}
