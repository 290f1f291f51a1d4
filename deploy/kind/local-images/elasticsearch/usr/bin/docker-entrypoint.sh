#!/bin/bash
# As much of what the official image begins with as deploy/images/compose.yaml asks for: variables with a dot in their name are settings.
set -euo pipefail
ES_PATH_CONF=$(mktemp -d)
export ES_PATH_CONF
cp -R /usr/share/elasticsearch/config/. "$ES_PATH_CONF"
{
  echo 'network.host: 0.0.0.0'
  while IFS= read -r -d '' variable; do
    if [[ $variable =~ ^[a-z_]+\.[a-z_.]+= ]]; then echo "${variable%%=*}: ${variable#*=}"; fi
  done < /proc/self/environ
} > "$ES_PATH_CONF/elasticsearch.yml"
exec /usr/share/elasticsearch/bin/elasticsearch
