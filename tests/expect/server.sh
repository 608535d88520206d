#!/usr/bin/env bash
# Starts a separate server for each story. Sourced by run and soak, which set $root and $doorkey.

server_pid=
sink_pid=
folder=

stop() {
  # Each may be gone already.
  [ -z "$server_pid" ] || { kill "$server_pid" 2>/dev/null || true; wait "$server_pid" 2>/dev/null || true; }
  [ -z "$sink_pid" ] || { kill "$sink_pid" 2>/dev/null || true; wait "$sink_pid" 2>/dev/null || true; }
  [ -z "$folder" ] || rm -rf "$folder"
  server_pid='' sink_pid='' folder=''
}
trap stop EXIT
trap 'exit 130' INT TERM

# Waits for the line of a process that starts with $2, read from the pipe $1 it writes to; the rest goes to $3.
line_of() {
  local pipe=$1 begin=$2 log=$3 line fd
  exec {fd}<"$pipe"
  while read -r -t 60 -u "$fd" line; do
    printf '%s\n' "$line" >>"$log"
    if [[ $line == *"$begin"* ]]; then
      cat <&"$fd" >>"$log" &
      exec {fd}<&-
      printf '%s' "$line"
      return
    fi
  done
  printf 'no line with "%s":\n%s\n' "$begin" "$(cat "$log")" >&2
  return 1
}

start_sink() {
  local line
  export SMTP_SINK_LOGIN=portal:lantern-in-the-fog
  mkdir "$folder/emails"
  mkfifo "$folder/sink.pipe"
  # The open pipe on its standard input keeps it alive.
  mkfifo "$folder/sink.in"
  exec {sink_in}<>"$folder/sink.in"
  /usr/bin/python3 "$root/tests/smtp_sink.py" --directory "$folder/emails" --tls starttls \
    <"$folder/sink.in" >"$folder/sink.pipe" 2>"$folder/sink.err" &
  sink_pid=$!
  line=$(line_of "$folder/sink.pipe" '"ready"' "$folder/sink.log")
  printf '%s' "${SMTP_SINK_LOGIN#*:}" >"$folder/relay-password"
  chmod 600 "$folder/relay-password"
  export DOORKEY__MAIL__TRANSPORT=smtp DOORKEY__MAIL__HOST=localhost DOORKEY__MAIL__TLS=starttls
  export DOORKEY__MAIL__PORT="$(sed -E 's/.*"port": ([0-9]+).*/\1/' <<<"$line")"
  export DOORKEY__MAIL__USERNAME="${SMTP_SINK_LOGIN%:*}" DOORKEY__MAIL__PASSWORD_FILE="$folder/relay-password"
  export DOORKEY__MAIL__CA_FILE="$folder/emails/ca.pem" DOORKEY_EMAILS="$folder/emails"
}

use_sqlite() {
  export DOORKEY__STORE__URL="sqlite:$folder/doorkey.db" DOORKEY__MAIL__TRANSPORT=file
  export DOORKEY__MAIL__DIRECTORY="$folder/emails" DOORKEY_EMAILS="$folder/emails"
}

use_postgres() {
  local database
  database=story_$(od -An -N8 -tx1 /dev/urandom | tr -d " \n")
  psql -qX "$DOORKEY_TEST_POSTGRES" -c "CREATE DATABASE $database"
  export DOORKEY__STORE__URL="${DOORKEY_TEST_POSTGRES%/*}/$database"
  start_sink
}

# Paths of the server in $folder.
settle() {
  export DOORKEY__SSH__PORT=0 DOORKEY__SSH__HOST_KEY="$folder/keys/ssh_host_ed25519_key"
  export DOORKEY__KEYS__SECRET_KEYS="$folder/keys/secret_keys"
  export DOORKEY__PORTAL__ORGANISATION=acme.example DOORKEY__PORTAL__SUPPORT=support@acme.example
  export DOORKEY__MAIL__FROM=portal@acme.example DOORKEY__PASSWORD__MEMORY_KIB=19456
}

# The accounts and teams of the stories.
furnish() {
  mkdir "$folder/keys"
  cd "$folder"
  "$doorkey" user add ada --email ada@example.org --display-name 'Ada Lovelace' --password-stdin \
    <<<'violet engine numbers' >>"$folder/setup.log"
  for name in grace linus barbara; do
    "$doorkey" user add "$name" --email "$name@example.org" >>"$folder/setup.log"
  done
  "$doorkey" team add Platform --description 'Keeps the lights on.' >>"$folder/setup.log"
  "$doorkey" team add-member Platform ada --role owner >>"$folder/setup.log"
  "$doorkey" team add-member Platform grace >>"$folder/setup.log"
  cd "$root"
}

start_server() {
  local line
  cd "$folder"
  mkfifo "$folder/server.pipe"
  "$doorkey" serve </dev/null >"$folder/server.pipe" 2>"$folder/server.err" &
  server_pid=$!
  line=$(line_of "$folder/server.pipe" 'listening on ' "$folder/server.log")
  export DOORKEY_PORT="${line##*:}"
  cd "$root"
}
