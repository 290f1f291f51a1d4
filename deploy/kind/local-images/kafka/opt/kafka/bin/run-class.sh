#!/bin/bash
# Runs one of Kafka's programs with the variables that Kafka's own scripts read.
# shellcheck disable=SC2086 # Each variable is a list of options.
exec java $KAFKA_HEAP_OPTS $KAFKA_JVM_PERFORMANCE_OPTS $KAFKA_LOG4J_OPTS -cp '/opt/kafka/libs/*' "$@"
