#!/bin/sh
# Installs the servers that the tests and the demo run on:
#
#   test/install-servers.sh [mariadb] [mysql]      both when none is named
#
# Does nothing for a server that is already there, and starts none.
# MariaDB is the distribution's own package. MySQL is not in a stable Debian, so it is taken from Debian unstable and
# unpacked, libraries and all, into the cache folder, where the system does not notice it.
# A machine with Docker, or with servers of its own (MIRROREDMYSQL_MARIADBD, MIRROREDMYSQL_MYSQLD), doesn't need this.
set -eu

cache=${XDG_CACHE_HOME:-$HOME/.cache}/mirrored-mysql

fail() {
  echo "install-servers: $*" >&2
  exit 1
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"
  elif command -v sudo >/dev/null; then sudo "$@"
  else fail "needs root (or sudo) for: $*"
  fi
}

# --- MariaDB -----------------------------------------------------------------------------------------------------

find_mariadb() {
  for candidate in "${MIRROREDMYSQL_MARIADBD:-}" "$(command -v mariadbd || true)" /usr/sbin/mariadbd /usr/local/sbin/mariadbd; do
    if [ -n "$candidate" ] && [ -x "$candidate" ]; then
      echo "$candidate"
      return
    fi
  done
}

install_mariadb() {
  [ -z "$(find_mariadb)" ] || return 0
  command -v apt-get >/dev/null || fail "MariaDB is installed with apt-get, which this machine lacks; set MIRROREDMYSQL_MARIADBD to a mariadbd"
  # An index that fails (of some other vendor, say) is no obstacle as long as the package can be found.
  as_root apt-get -q update >&2 || echo "install-servers: apt-get update failed; going on with what it has" >&2
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 install -y --no-install-recommends mariadb-server-core >&2
  [ -n "$(find_mariadb)" ] || fail "mariadb-server-core is installed, but there is no mariadbd"
}

# --- MySQL -------------------------------------------------------------------------------------------------------

find_mysql() {
  for candidate in "${MIRROREDMYSQL_MYSQLD:-}" "$(command -v mysqld || true)" /usr/sbin/mysqld /usr/local/sbin/mysqld "$cache/mysql/mysqld"; do
    [ -n "$candidate" ] && [ -x "$candidate" ] || continue
    case $("$candidate" --no-defaults --version 2>/dev/null) in
      *MariaDB*) ;; # On Debian, `mysqld` may be another name of mariadbd.
      *Ver*) echo "$candidate"; return ;;
    esac
  done
}

# The mirror that this machine already uses for Debian itself: by what its index says or, on a machine without one, by its address.
debian_mirror() {
  {
    apt-get indextargets --format '$(ORIGIN)/$(LABEL) $(REPO_URI)' 'Created-By: Packages' | sed -n 's/^Debian\/Debian //p'
    apt-get update --print-uris | sed -n "s/^'\([^']*\/debian\/*\)dists\/.*/\1/p"
  } | head -n 1
}

install_mysql() {
  [ -z "$(find_mysql)" ] || return 0
  command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null ||
    fail "MySQL is unpacked from a Debian package with apt-get and dpkg, which this machine lacks; set MIRROREDMYSQL_MYSQLD to a mysqld"
  mirror=$(debian_mirror)
  [ -n "$mirror" ] || fail "no Debian mirror in the apt sources of this machine, so MySQL cannot be fetched; set MIRROREDMYSQL_MYSQLD to a mysqld"
  keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  [ -r "$keyring" ] || fail "$keyring is missing: install debian-archive-keyring"

  mkdir -p "$cache"
  work=$(mktemp -d "$cache/mysql.new.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  trap 'exit 1' HUP INT PIPE TERM
  write_private_apt
  private_apt update
  private_apt install -y --download-only mysql-server-core
  mkdir "$work/mysql"
  for package in "$work"/apt/cache/archives/*.deb; do
    dpkg-deb -x "$package" "$work/mysql/root"
  done
  write_launcher "$work/mysql"
  "$work/mysql/mysqld" --no-defaults --version >/dev/null || fail "the unpacked mysqld does not run"
  # Whoever comes second, when two of these run at once, finds the place taken and leaves it so.
  rm -rf "$work/apt"
  mv -T "$work/mysql" "$cache/mysql" 2>/dev/null || [ -n "$(find_mysql)" ] || fail "$cache/mysql is in the way: it holds no mysqld that runs"
}

# An apt that knows only Debian unstable and believes that nothing is installed, so that it fetches every library too.
write_private_apt() {
  mkdir -p "$work/apt/state/lists/partial" "$work/apt/cache/archives/partial" "$work/apt/log"
  : >"$work/apt/status"
  echo "deb [target=Packages signed-by=$keyring] $mirror sid main" >"$work/apt/sources.list"
  # Read after the machine's own configuration: it keeps the proxy settings and drops the hooks, which are about the system.
  cat >"$work/apt/apt.conf" <<CONF
Dir::Etc::SourceList "$work/apt/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::Etc::Preferences "/dev/null";
Dir::Etc::PreferencesParts "/dev/null";
Dir::State "$work/apt/state";
Dir::State::status "$work/apt/status";
Dir::Cache "$work/apt/cache";
Dir::Log "$work/apt/log";
Debug::NoLocking "true";
APT::Sandbox::User "";
APT::Install-Recommends "false";
APT::Install-Suggests "false";
APT::Default-Release "";
Acquire::Languages "none";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear DPkg::Pre-Invoke;
#clear DPkg::Pre-Install-Pkgs;
#clear DPkg::Post-Invoke;
CONF
}

private_apt() {
  apt-get -q -c "$work/apt/apt.conf" "$@" >&2
}

# The unpacked mysqld needs its own C library, and with it its own loader. The launcher stands beside them and finds them
# from where it is; `exec` lets the process that was started be the server itself.
write_launcher() {
  mysqld=$(cd "$1" && find root -type f -path '*/sbin/mysqld' | head -n 1)
  libraries=$(cd "$1" && find root -name libc.so.6 -path '*/lib/*-linux-*' | head -n 1)
  messages=$(cd "$1" && find root -type d -path '*/share/mysql*' -name english | head -n 1)
  plugins=$(cd "$1" && find root -type d -path '*/mysql/plugin' | head -n 1)
  [ -n "$mysqld" ] && [ -n "$libraries" ] && [ -n "$messages" ] || fail "the packages do not hold what was expected: $1/root"
  libraries=${libraries%/*}
  loader=$(cd "$1" && find "$libraries" -maxdepth 1 -name 'ld-linux*.so.*' -o -maxdepth 1 -name 'ld64.so.*' | head -n 1)
  [ -n "$loader" ] || fail "no program loader in $1/$libraries"
  cat >"$1/mysqld" <<LAUNCHER
#!/bin/sh
here=\$(dirname "\$(readlink -f "\$0")")
exec "\$here/$loader" --library-path "\$here/$libraries" "\$here/$mysqld" "\$@" \\
  --lc-messages-dir="\$here/${messages%/*}" --character-sets-dir="\$here/${messages%/*}/charsets" \\
  --plugin-dir="\$here/${plugins:-root/plugin}" --secure-file-priv=NULL --mysqlx=OFF
LAUNCHER
  chmod +x "$1/mysqld"
}

# -----------------------------------------------------------------------------------------------------------------

report() {
  echo "$1: $("$2" --no-defaults --version 2>/dev/null | sed 's/^.*Ver  *\([^ ]*\).*$/\1/') at $2"
}

[ $# -gt 0 ] || set -- mariadb mysql
for server; do
  case $server in
    mariadb) install_mariadb; report MariaDB "$(find_mariadb)" ;;
    mysql) install_mysql; report MySQL "$(find_mysql)" ;;
    *) fail "unknown server '$server'; it is mariadb or mysql" ;;
  esac
done
