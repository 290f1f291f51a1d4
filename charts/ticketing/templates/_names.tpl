{{/* Labels of everything in the release; give a dict of root, and name and component where there is one. */}}
{{- define "ticketing.labels" -}}
{{ include "ticketing.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end }}

{{/* Labels that select pods; they never change in a release's life. */}}
{{- define "ticketing.selector" -}}
app.kubernetes.io/part-of: ticketing
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- with .name }}
app.kubernetes.io/name: {{ . }}
{{- end }}
{{- with .component }}
app.kubernetes.io/component: {{ . }}
{{- end }}
{{- end }}

{{- define "ticketing.image" -}}
{{- $image := .root.Values.image -}}
{{- $registry := required "image.registry: say where the images of the services are, for example --set image.registry=registry.example/ticketing" $image.registry -}}
{{- $digest := (index .root.Values.services .name).digest -}}
{{ $registry }}/{{ .name }}{{ if $digest }}@{{ $digest }}{{ else }}:{{ $image.tag | default .root.Chart.AppVersion }}{{ end }}
{{- end }}

{{/* The settings of one service: the defaults, with its own entry over them. As JSON. */}}
{{- define "ticketing.service" -}}
{{ mustMergeOverwrite (deepCopy .root.Values.serviceDefaults) (deepCopy (index .root.Values.services .name)) | toJson }}
{{- end }}

{{/* What the values say of a database or broker elsewhere, or of the mail server, which always is: give a dict of root and part. As JSON. */}}
{{- define "ticketing.external" -}}
{{ eq .part "mail" | ternary .root.Values.mail (index .root.Values.external .part) | toJson }}
{{- end }}

{{/* Where a database or broker is: give a dict of root and part (mysql, redis, kafka, elasticsearch). */}}
{{- define "ticketing.host" -}}
{{ (index .root.Values.external .part).host | default (printf "%s-%s" .root.Values.infra.release .part) }}
{{- end }}

{{- define "ticketing.port" -}}
{{- $external := include "ticketing.external" . | fromJson -}}
{{- $own := dict "mysql" 3306 "redis" 6379 "kafka" 9092 "elasticsearch" 9200 -}}
{{ if $external.host }}{{ $external.port | int }}{{ else }}{{ index $own .part }}{{ end }}
{{- end }}
