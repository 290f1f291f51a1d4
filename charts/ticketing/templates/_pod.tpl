{{/*
What every pod has in common: nothing of it may be root, write to its image or talk to the API server. And where the pods of its service
may run. Give a dict of root and name.
*/}}
{{- define "ticketing.everyPod" -}}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  fsGroup: 65532
  seccompProfile: { type: RuntimeDefault }
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- $pod := (include "ticketing.service" . | fromJson).pod }}
{{- range $key := list "nodeSelector" "tolerations" "affinity" "priorityClassName" }}
{{- with index $pod $key }}
{{ $key }}: {{ toJson . }}
{{- end }}
{{- end }}
{{- end }}

{{/* The labels of a pod: the chart's, and those that the values add. Give a dict of root, name and component. */}}
{{- define "ticketing.podLabels" -}}
{{ include "ticketing.labels" . }}
{{- with (include "ticketing.service" . | fromJson).pod.labels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "ticketing.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
runAsNonRoot: true
capabilities: { drop: [ALL] }
seccompProfile: { type: RuntimeDefault }
{{- end }}

{{/* The environment that tells a service's programs where their database is. */}}
{{- define "ticketing.databaseEnv" -}}
{{- $mysql := dict "root" .root "part" "mysql" -}}
- name: DB_HOST
  value: {{ include "ticketing.host" $mysql | quote }}
- name: DB_PORT
  value: {{ include "ticketing.port" $mysql | quote }}
- name: DB_NAME
  value: {{ .database | quote }}
{{- end }}

{{- define "ticketing.secretEnv" -}}
- name: {{ .name }}
  valueFrom:
    secretKeyRef: { name: {{ .secret }}, key: {{ .key }} }
{{- end }}

{{/*
A pod that runs one program of a service's image to its end, without a sidecar.
Give a dict of root, name (the service), component, program, env (text) and resources.
*/}}
{{- define "ticketing.programPod" -}}
metadata:
  labels:
    {{- include "ticketing.podLabels" . | nindent 4 }}
  {{- with (include "ticketing.service" . | fromJson).pod.annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  {{- include "ticketing.everyPod" . | nindent 2 }}
  restartPolicy: Never
  containers:
    - name: {{ .component }}
      image: {{ include "ticketing.image" . | quote }}
      imagePullPolicy: {{ .root.Values.image.pullPolicy }}
      command: [node, {{ .program }}]
      env:
        - name: LOG_LEVEL
          value: {{ .root.Values.logLevel }}
        {{- .env | nindent 8 }}
      resources:
        {{- toYaml .resources | nindent 8 }}
      securityContext:
        {{- include "ticketing.containerSecurity" .root | nindent 8 }}
{{- end }}
