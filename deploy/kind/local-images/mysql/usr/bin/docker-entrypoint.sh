#!/bin/sh
# As much of what the official image begins with as deploy/images/compose.yaml asks for: an empty volume gets its tables, and root its password.
set -eu
data=/var/lib/mysql
accounts=/tmp/accounts.sql
case ${1:-} in -*) set -- mysqld "$@" ;; esac
if [ ! -f $data/initialised ]; then
  rm -rf "${data:?}"/*
  mysqld --initialize-insecure --datadir=$data
  : > $data/initialised
fi
(
  umask 077
  cat > $accounts << SQL
CREATE USER IF NOT EXISTS 'root'@'%' IDENTIFIED BY '$MYSQL_ROOT_PASSWORD';
GRANT ALL PRIVILEGES ON *.* TO 'root'@'%' WITH GRANT OPTION;
ALTER USER 'root'@'localhost' IDENTIFIED BY '$MYSQL_ROOT_PASSWORD';
SQL
)
# Debian's server looks for a folder of its own otherwise.
exec "$@" --datadir=$data --init-file=$accounts --secure-file-priv=NULL
