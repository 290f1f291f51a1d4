#!/bin/sh
# Lays our settings over the image's configuration, in a folder that the server may write to: it keeps its keystore there.
set -eu
cp -R /usr/share/elasticsearch/config/. /run/elasticsearch
cp /etc/ticketing/elasticsearch.yml /run/elasticsearch/elasticsearch.yml
