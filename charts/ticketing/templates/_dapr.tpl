{{/*
The resources in components/, as a JSON object with a list `items`, with addresses filled in. They are the same files that sidecars
load on a developer's machine.
*/}}
{{- define "ticketing.resources" -}}
{{- $items := list -}}
{{- range $path, $_ := .Files.Glob "components/**.yaml" -}}
  {{- if and (ne $path "components/configuration.yaml") (not (hasPrefix "components/services/" $path)) -}}
    {{- $item := include "ticketing.fill" (dict "root" $ "path" $path) | fromYaml -}}
    {{- if ne $item.metadata.name "ticketing-mail" -}}{{- $items = append $items $item -}}
    {{- else if $.Values.mail.host -}}{{- $items = append $items (include "ticketing.mailComponent" (dict "root" $ "item" $item) | fromJson) -}}
    {{- end -}}
  {{- end -}}
{{- end -}}
{{ dict "items" $items | toJson }}
{{- end }}

{{/* The mail component as JSON: without a user it has no password either. */}}
{{- define "ticketing.mailComponent" -}}
{{- if not .root.Values.mail.user -}}
  {{- $metadata := list -}}
  {{- range .item.spec.metadata -}}
    {{- if not (has .name (list "user" "password")) -}}{{- $metadata = append $metadata . -}}{{- end -}}
  {{- end -}}
  {{- $_ := set .item.spec "metadata" $metadata -}}
{{- end -}}
{{ .item | toJson }}
{{- end }}

{{/* One file of components/ with its placeholders filled; refuses a placeholder that it does not know. */}}
{{- define "ticketing.fill" -}}
{{- $address := dict -}}
{{- range list "redis" "kafka" "elasticsearch" -}}
  {{- $part := dict "root" $.root "part" . -}}
  {{- $_ := set $address . (printf "%s:%s" (include "ticketing.host" $part) (include "ticketing.port" $part)) -}}
{{- end -}}
{{- $text := required (printf "there is no %s: each service has its own" .path) (.root.Files.Get .path)
  | replace "${REDIS_HOST}" $address.redis
  | replace "${KAFKA_BROKERS}" $address.kafka
  | replace "${ELASTICSEARCH_URL}" (printf "http://%s" $address.elasticsearch)
  | replace "${MAIL_HOST}" .root.Values.mail.host
  | replace "${MAIL_PORT}" (.root.Values.mail.port | int | toString)
  | replace "${MAIL_USER}" .root.Values.mail.user
  | replace "${MAIL_FROM}" .root.Values.mail.from
  | replace "${MAIL_SKIP_TLS_VERIFY}" (.root.Values.mail.skipTlsVerify | toString)
  | replace "${NAMESPACE}" .root.Release.Namespace -}}
{{- if contains "${" $text -}}{{ fail (printf "%s has a placeholder that the chart does not fill" .path) }}{{- end -}}
{{ $text }}
{{- end }}

{{/* The Dapr Configuration of one service, without metadata: what all have, and its own file over it. As JSON. */}}
{{- define "ticketing.configuration" -}}
{{- $common := include "ticketing.fill" (dict "root" .root "path" "components/configuration.yaml") | fromYaml -}}
{{- $own := include "ticketing.fill" (dict "root" .root "path" (printf "components/services/%s.yaml" .name)) | fromYaml -}}
{{- $spec := mustMergeOverwrite $common.spec $own.spec -}}
{{- with .root.Values.tracing -}}
  {{- if .zipkinUrl -}}
    {{- $_ := set $spec "tracing" (dict "samplingRate" .samplingRate "zipkin" (dict "endpointAddress" .zipkinUrl)) -}}
  {{- end -}}
{{- end -}}
{{ $spec | toJson }}
{{- end }}

{{/* The components in a service's scope, as a JSON object with a list `items`. */}}
{{- define "ticketing.componentsOf" -}}
{{- $items := list -}}
{{- range (include "ticketing.resources" .root | fromJson).items -}}
  {{- if and (has .kind (list "Component" "HTTPEndpoint")) (has $.name (.scopes | default list)) -}}
    {{- $items = append $items . -}}
  {{- end -}}
{{- end -}}
{{ dict "items" $items | toJson }}
{{- end }}

{{/*
The secrets of a service's sidecar as the annotation dapr.io/env-from-secret takes them: what its service may ask for, and what its
components are opened with. A variable's key in the Secret is its name in small letters with - for _.
*/}}
{{- define "ticketing.sidecarSecrets" -}}
{{- $names := list -}}
{{- range ((include "ticketing.configuration" . | fromJson).secrets.scopes) -}}
  {{- $names = concat $names .allowedSecrets -}}
{{- end -}}
{{- range (include "ticketing.componentsOf" . | fromJson).items -}}
  {{- range .spec.metadata -}}
    {{- with .secretKeyRef -}}{{- $names = append $names .name -}}{{- end -}}
  {{- end -}}
{{- end -}}
{{- $entries := list -}}
{{- range uniq $names -}}
  {{- $entries = append $entries (printf "%s=%s:%s" . $.root.Values.secrets.name (lower . | replace "_" "-")) -}}
{{- end -}}
{{ join "," $entries }}
{{- end }}

{{/*
The databases and brokers that a service's pod talks to, and the mail server, as a JSON object with a list `parts`. An HTTPEndpoint has the name of its part, or one that
begins with it.
*/}}
{{- define "ticketing.partsOf" -}}
{{- $parts := list -}}
{{- if (include "ticketing.service" . | fromJson).database -}}{{- $parts = append $parts "mysql" -}}{{- end -}}
{{- range (include "ticketing.componentsOf" . | fromJson).items -}}
  {{- if eq .kind "HTTPEndpoint" -}}{{- $parts = append $parts (splitList "-" .metadata.name | first) -}}
  {{- else if hasSuffix ".redis" .spec.type -}}{{- $parts = append $parts "redis" -}}
  {{- else if hasSuffix ".kafka" .spec.type -}}{{- $parts = append $parts "kafka" -}}
  {{- else if hasSuffix ".smtp" .spec.type -}}{{- $parts = append $parts "mail" -}}
  {{- end -}}
{{- end -}}
{{ dict "parts" (uniq $parts) | toJson }}
{{- end }}

{{/* Who may call a service, as a JSON object with a list `callers`: the policies of its Configuration. */}}
{{- define "ticketing.callersOf" -}}
{{- $callers := list -}}
{{- range (include "ticketing.configuration" . | fromJson).accessControl.policies -}}
  {{- $callers = append $callers .appId -}}
{{- end -}}
{{ dict "callers" $callers | toJson }}
{{- end }}

{{/* GOMEMLIMIT for a memory limit such as 256Mi: nine tenths of it, so that Go collects garbage before the kernel ends the process. */}}
{{- define "ticketing.goMemoryLimit" -}}
{{- $kibibytes := dict "Ki" 1 "Mi" 1024 "Gi" 1048576 "Ti" 1073741824 -}}
{{- $unit := regexFind "[KMGT]i$" . -}}
{{ div (mul (trimSuffix $unit .) (index $kibibytes $unit) 9) 10 }}KiB
{{- end }}
