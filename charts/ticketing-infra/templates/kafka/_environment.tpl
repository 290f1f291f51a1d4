{{/* For Kafka's scripts, whose own defaults write logs to files; takes the heap's size. */}}
{{- define "infra.kafkaEnvironment" -}}
- { name: KAFKA_HEAP_OPTS, value: -Xmx{{ . }} }
- { name: KAFKA_JVM_PERFORMANCE_OPTS, value: -XX:+UseSerialGC -XX:+ExitOnOutOfMemoryError -Djava.awt.headless=true }
- { name: KAFKA_LOG4J_OPTS, value: -Dlog4j2.configurationFile=/etc/ticketing/log4j2.yaml }
- { name: LOG_DIR, value: /tmp }
# Empty, and not unset: no log of the garbage collector.
- { name: EXTRA_ARGS, value: "" }
{{- end }}
