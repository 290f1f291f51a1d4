#!/bin/bash
# Makes an empty volume the broker's storage and leaves formatted storage alone. Any id does: the broker never meets another cluster.
set -euo pipefail
# Written last; without it, what is there was left by a formatting that was interrupted.
[ -f /var/lib/kafka/data/log/meta.properties ] || rm -rf /var/lib/kafka/data/log
exec /opt/kafka/bin/kafka-storage.sh format --ignore-formatted --standalone --cluster-id dGlja2V0aW5nLWluZnJhMA --config /etc/ticketing/server.properties
