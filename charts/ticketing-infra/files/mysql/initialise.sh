#!/bin/sh
# Installs the system tables beside their place and renames them: what has the final name is complete, and an installation
# that was interrupted is done again from nothing.
set -eu
volume=/var/lib/mysql
[ -d "$volume/tables" ] && exit 0
rm -rf "$volume/unfinished"
mysqld --defaults-file=/etc/ticketing/my.cnf --datadir="$volume/unfinished" --initialize-insecure
mv "$volume/unfinished" "$volume/tables"
