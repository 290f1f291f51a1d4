#!/bin/sh
# Writes the part of the configuration that holds the password. Usage: password.sh PASSWORD-FILE FILE
set -eu
password=$(cat "$1")
# Each of these would mean something else in the configuration.
case $password in
  '' | *[[:space:][:cntrl:]\'\"\\]*)
    echo "redis-password must have at least one character, and no blanks, quotes or backslashes" >&2
    exit 1
    ;;
esac
umask 077
echo "requirepass $password" > "$2"
