#!/bin/sh
# Writes the statements that the server runs at every start, before anybody can connect: databases and accounts, each with no
# more than it needs. They change nothing that is as it should be, and take over changed passwords.
# Usage: accounts.sh FOLDER-OF-PASSWORDS FILE OWNER=DATABASE…
set -eu
passwords=$1
file=$2
shift 2
umask 077

# account NAME PASSWORD-FILE
account() {
  password=$(cat "$passwords/$2")
  # Within quotes each of these could end the password and begin something else.
  case $password in
    '' | *[[:space:][:cntrl:]\'\"\\]*)
      echo "$2 must have at least one character, and no blanks, quotes or backslashes" >&2
      exit 1
      ;;
  esac
  echo "CREATE USER IF NOT EXISTS '$1'@'%' IDENTIFIED BY '$password';"
  echo "ALTER USER '$1'@'%' IDENTIFIED BY '$password';"
}

statements() {
  account witness witness-db-password
  for pair in "$@"; do
    owner=${pair%%=*}
    database=${pair#*=}
    echo "CREATE DATABASE IF NOT EXISTS $database CHARACTER SET utf8mb4;"
    account "${owner}_app" "$owner-db-password"
    account "${owner}_migrator" "$owner-migrator-db-password"
    echo "GRANT SELECT, INSERT, UPDATE, DELETE ON $database.* TO '${owner}_app'@'%';"
    echo "GRANT ALL PRIVILEGES ON $database.* TO '${owner}_migrator'@'%';"
    echo "GRANT SELECT ON $database.* TO 'witness'@'%';"
  done
}

statements "$@" > "$file"
