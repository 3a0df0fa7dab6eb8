#!/usr/bin/env bash
# A PostgreSQL of one's own for tests: in one folder, reached by a socket only, run by an unprivileged user, gone when it is stopped.
#
#   tools/postgres.sh start FOLDER    make and start it; prints the DATABASE_URL of its owner
#   tools/postgres.sh stop FOLDER     stop it and remove the folder
#   tools/postgres.sh restart FOLDER  pull the plug, and start it again on the same data
#   tools/postgres.sh run COMMAND…    start one, run the command with TRIALRULES_TEST_DATABASE_URL set, stop it again
#   tools/postgres.sh install         Debian's server, if there is none; needs root
#
# TRIALRULES_PG_FAST=1 leaves out fsync: for tests that do not pull the plug.
set -euo pipefail

find_bin() {
  local candidate
  for candidate in "${PG_BIN:-}" /usr/lib/postgresql/*/bin /usr/pgsql-*/bin; do
    if [ -n "$candidate" ] && [ -x "$candidate/initdb" ]; then echo "$candidate"; return 0; fi
  done
  # A bare `return` in the EXIT trap would say what the failed command said, and leave the server running.
  if command -v initdb >/dev/null; then dirname "$(command -v initdb)"; return 0; fi
  echo "there is no PostgreSQL server; on Debian say: apt-get install postgresql" >&2
  return 1
}

as_owner() {  # initdb and postgres refuse to run as root
  if [ "$(id -u)" != 0 ]; then "$@"; return; fi
  local user=nobody
  if id postgres >/dev/null 2>&1; then user=postgres; fi
  runuser -u "$user" -- "$@"
}

start() {
  local folder="$1" bin
  bin="$(find_bin)"
  mkdir -p "$folder"
  folder="$(cd "$folder" && pwd)"
  if [ "${#folder}" -gt 80 ]; then echo "$folder: the path is too long for a socket" >&2; return 1; fi
  if [ "$(id -u)" = 0 ]; then
    if id postgres >/dev/null 2>&1; then chown postgres "$folder"; else chown nobody "$folder"; fi
  fi
  local extra=()
  if [ -n "${TRIALRULES_PG_FAST:-}" ]; then extra=(-c fsync=off -c synchronous_commit=off -c full_page_writes=off); fi
  (
    cd "$folder"
    as_owner "$bin/initdb" -D "$folder/data" -U trialrules -A trust -E UTF8 --locale=C >"$folder/initdb.log" 2>&1 || { cat "$folder/initdb.log" >&2; exit 1; }
    as_owner "$bin/pg_ctl" -D "$folder/data" -l "$folder/data/server.log" -w -t 60 \
      -o "-c listen_addresses= -c unix_socket_directories='$folder' -c max_connections=100 ${extra[*]:-}" start >/dev/null 2>&1 \
      || { cat "$folder/data/server.log" >&2; exit 1; }
    as_owner "$bin/createdb" -h "$folder" -U trialrules trialrules
  )
  echo "postgres://trialrules@/trialrules?host=$folder"
}

stop() {
  local folder bin
  folder="$(cd "$1" && pwd)"
  bin="$(find_bin)"
  (cd "$folder" && as_owner "$bin/pg_ctl" -D "$folder/data" -m immediate -w stop >/dev/null 2>&1) || true
  rm -rf "$folder"
}

restart() {
  local folder bin
  folder="$(cd "$1" && pwd)"
  bin="$(find_bin)"
  # The options of the start are kept by the server itself.
  (cd "$folder" && as_owner "$bin/pg_ctl" -D "$folder/data" -l "$folder/data/server.log" -m immediate -w -t 60 restart >/dev/null 2>&1)
}

install() {
  if find_bin >/dev/null 2>&1; then return; fi
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then find_bin; return 1; fi
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  # The package would start a server of its own, which nobody here asks for.
  mkdir -p /etc/postgresql-common
  [ -e /etc/postgresql-common/createcluster.conf ] || echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.conf
  apt-get install -y -qq --no-install-recommends postgresql
}

case "${1:-}" in
  start) start "${2:?name a folder}" ;;
  stop) stop "${2:?name a folder}" ;;
  restart) restart "${2:?name a folder}" ;;
  install) install ;;
  run)
    shift
    folder="$(mktemp -d /tmp/trialrules-pg.XXXXXX)"
    chmod 755 "$folder"
    trap 'stop "$folder"' EXIT
    TRIALRULES_TEST_DATABASE_URL="$(start "$folder")"
    export TRIALRULES_TEST_DATABASE_URL
    "$@"
    ;;
  *) sed -n '2,10p' "$0" | sed 's/^# \{0,1\}//'; exit 2 ;;
esac
