{{/* What every pod has in common: nothing of it may be root, write to its image or talk to the API server. */}}
{{- define "ticketing.podSecurity" -}}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  fsGroup: 65532
  seccompProfile: { type: RuntimeDefault }
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
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
    {{- include "ticketing.labels" . | nindent 4 }}
spec:
  {{- include "ticketing.podSecurity" .root | nindent 2 }}
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
