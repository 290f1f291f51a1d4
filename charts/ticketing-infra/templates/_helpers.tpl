{{/* All of these take a dict of `root` and, where there is one, `name`: the part, as its values and its objects are called. */}}

{{- define "infra.name" -}}
{{ .root.Release.Name }}-{{ .name }}
{{- end }}

{{/* Labels that select pods; they never change in a release's life. */}}
{{- define "infra.selector" -}}
app.kubernetes.io/part-of: ticketing-infra
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- with .name }}
app.kubernetes.io/name: {{ . }}
{{- end }}
{{- end }}

{{- define "infra.labels" -}}
{{ include "infra.selector" . }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end }}

{{- define "infra.metadata" -}}
name: {{ include "infra.name" . }}
labels:
  {{- include "infra.labels" . | nindent 2 }}
{{- end }}

{{/* The values for the pods of a part: those for all, with its own over them. As JSON. */}}
{{- define "infra.pod" -}}
{{ mustMergeOverwrite (deepCopy .root.Values.pod) (deepCopy ((index .root.Values .name).pod | default dict)) | toJson }}
{{- end }}

{{/* A pod's metadata: a change of its configuration makes a new pod. */}}
{{- define "infra.podMetadata" -}}
{{- $pod := include "infra.pod" . | fromJson -}}
labels:
  {{- include "infra.selector" . | nindent 2 }}
  {{- with $pod.labels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
annotations:
  {{- with $pod.annotations }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
  checksum/config: {{ include (printf "%s/%s/config.yaml" .root.Template.BasePath .name) .root | sha256sum }}
{{- end }}

{{/* What every pod has in common, and where the pods of its part may run; `user` is the id that the image's own user has. */}}
{{- define "infra.everyPod" -}}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: {{ .user }}
  runAsGroup: {{ .user }}
  fsGroup: {{ .user }}
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: { type: RuntimeDefault }
{{- with .root.Values.imagePullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- $pod := include "infra.pod" . | fromJson }}
{{- range $key := list "nodeSelector" "tolerations" "affinity" "priorityClassName" }}
{{- with index $pod $key }}
{{ $key }}: {{ toJson . }}
{{- end }}
{{- end }}
{{- end }}

{{/* What every container has in common; image and resources are those of the part. */}}
{{- define "infra.container" -}}
{{- $part := index .root.Values .name -}}
image: {{ required (printf "%[1]s.image: name the image, for example --set %[1]s.image=registry.example/ticketing/%[1]s:1.0.0; npm run images makes it" .name) $part.image | quote }}
imagePullPolicy: {{ .root.Values.imagePullPolicy }}
resources:
  {{- toYaml $part.resources | nindent 2 }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: { drop: [ALL] }
{{- end }}

{{/* A claim for the data where it must outlive the pod. Helm does not remove claims: a new installation finds its data again. */}}
{{- define "infra.lastingData" -}}
{{- with (index .root.Values .name).persistence -}}
{{- if .enabled -}}
volumeClaimTemplates:
  - metadata:
      name: data
      labels:
        {{- include "infra.selector" $ | nindent 8 }}
    spec:
      accessModes: [ReadWriteOnce]
      {{- with .storageClass }}
      storageClassName: {{ . }}
      {{- end }}
      resources:
        requests: { storage: {{ .size }} }
{{- end }}
{{- end }}
{{- end }}

{{/* Lets pods of the product in: a dict of `port`, `services`, and `components`, which say what of a service may come. */}}
{{- define "infra.openTo" -}}
- ports:
    - { protocol: TCP, port: {{ .port }} }
  from:
    - podSelector:
        matchLabels:
          app.kubernetes.io/part-of: ticketing
        matchExpressions:
          - { key: app.kubernetes.io/name, operator: In, values: [{{ join ", " .services }}] }
          - { key: app.kubernetes.io/component, operator: In, values: [{{ join ", " .components }}] }
{{- end }}
