#!/bin/bash
# Asks the broker which requests it serves, the smallest question of Kafka's protocol; it answers once it has taken up its work.
# Kafka's own tools would start a JVM for it, every few seconds. Usage: ready.sh HOST PORT
set -euo pipefail
exec 3<> "/dev/tcp/$1/$2"
# Length 10; request 18 in version 0; correlation id 1; a client without a name.
printf '\0\0\0\12\0\22\0\0\0\0\0\1\377\377' >&3
# Behind the answer's length: the same correlation id, and error 0.
answer=$(head -c 10 <&3 | tail -c 6 | od -A n -t x1 | tr -d ' \n')
[ "$answer" = 000000010000 ]
