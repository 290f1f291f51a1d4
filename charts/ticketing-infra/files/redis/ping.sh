#!/bin/sh
# Whether the server answers commands: while it loads its data, it answers with an error.
set -eu
REDISCLI_AUTH=$(cat /run/passwords/redis-password)
export REDISCLI_AUTH
[ "$(redis-cli ping)" = PONG ]
