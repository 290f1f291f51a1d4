#!/bin/bash
# Creates the topics that are missing; existing ones stay as they are. Usage: topics.sh HOST PORT PARTITIONS TOPIC…
# It speaks Kafka's protocol itself: Kafka's own tool starts a JVM for each topic, which takes minutes on a busy machine.
set -euo pipefail
host=$1
port=$2
partitions=$3
shift 3
existed=36

# Numbers and strings as the protocol has them, written as escapes for %b.
int16() { printf '\\x%02x\\x%02x' $(($1 >> 8 & 255)) $(($1 & 255)); }
int32() { int16 $(($1 >> 16)) && int16 "$1"; }
string() { int16 ${#1} && printf %s "$1"; }

# CreateTopics in version 4, the newest without the compact encoding.
request() {
  int16 19 && int16 4 && int32 1 && string ticketing-infra
  int32 $#
  for topic in "$@"; do
    # One replica; no assignments, no settings of its own.
    string "$topic" && int32 "$partitions" && int16 1 && int32 0 && int32 0
  done
  # Milliseconds that it may take; not only to be validated.
  int32 30000 && printf '\\x00'
}

# receive COUNT: that many bytes of the answer, as hexadecimal digits. Reads none too many, as head might.
receive() { dd bs=1 count="$1" <&3 2> /dev/null | od -A n -v -t x1 | tr -d ' \n'; }
# number OFFSET DIGITS: an integer within the answer.
number() { echo $((16#${answer:$1:$2})); }
# text OFFSET DIGITS: characters within the answer.
text() { printf %b "$(sed 's/../\\x&/g' <<< "${answer:$1:$2}")"; }

until timeout 5 bash /etc/ticketing/ready.sh "$host" "$port" 2> /dev/null; do
  echo "waiting for $host:$port"
  sleep 2
done

exec 3<> "/dev/tcp/$host/$port"
message=$(request "$@")
printf %b "$(int32 "$(printf %b "$message" | wc -c)")$message" >&3
answer=$(receive 4)
answer=$(receive "$(number 0 8)")

failed=0
# Behind the correlation id, the throttle time and the number of topics. Of each: name, error, and why.
offset=24
for _ in "$@"; do
  length=$(($(number $offset 4) * 2))
  topic=$(text $((offset + 4)) $length)
  offset=$((offset + 4 + length))
  error=$(number $offset 4)
  length=$(number $((offset + 4)) 4)
  # A missing text has the length -1.
  ((length == 65535)) && length=0
  reason=$(text $((offset + 8)) $((length * 2)))
  offset=$((offset + 8 + length * 2))
  case $error in
    0) echo "$topic: created" ;;
    "$existed") echo "$topic: exists" ;;
    *)
      echo "$topic: error $error $reason" >&2
      failed=1
      ;;
  esac
done
exit $failed
