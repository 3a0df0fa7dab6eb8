#!/bin/sh
# The role with which the service works: it owns no table, so that it can't take the guards off.
set -eu
psql -v ON_ERROR_STOP=1 -v password="$APP_PASSWORD" --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
CREATE ROLE trialrules_app LOGIN PASSWORD :'password';
SQL
