{{/*
Fails when the pods could ask MySQL for more connections than it lets in: all that the autoscaler may make, and in a rollout one that comes and
one that drains; each has a pool, and a connection for its readiness. Jobs, the witness and people get twenty.
*/}}
{{- define "ticketing.checkConnections" -}}
{{- $needed := 20 -}}
{{- $parts := list -}}
{{- range $name := keys .Values.services | sortAlpha -}}
  {{- $service := include "ticketing.service" (dict "root" $ "name" $name) | fromJson -}}
  {{- if $service.database -}}
    {{- $pods := add 2 ($service.autoscaling.enabled | ternary $service.autoscaling.maxReplicas $service.replicas) -}}
    {{- $needed = add $needed (mul $pods (add1 $service.poolSize)) -}}
    {{- $parts = append $parts (printf "%s %d pods of %d" $name $pods (add1 $service.poolSize)) -}}
  {{- end -}}
{{- end -}}
{{- if gt $needed (int64 .Values.mysql.maxConnections) -}}
{{- fail (printf "the pods could ask MySQL for %d connections, and mysql.maxConnections is %d: %s, and 20 for others. Lower poolSize or autoscaling.maxReplicas of services, or raise max_connections of the server and mysql.maxConnections with it"
      $needed (int64 .Values.mysql.maxConnections) (join ", " $parts)) -}}
{{- end -}}
{{- end }}
