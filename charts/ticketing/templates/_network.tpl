{{/* Egress that every pod needs: names. */}}
{{- define "ticketing.egressToDns" -}}
{{- with .Values.networkPolicy.dns -}}
- to:
    {{- toYaml .to | nindent 4 }}
  ports:
    {{- range .ports }}
    - { protocol: UDP, port: {{ . }} }
    - { protocol: TCP, port: {{ . }} }
    {{- end }}
{{- end }}
{{- end }}

{{/* Egress to a database or broker: the infra release's pods, or the networks of an external one. Give a dict of root and part. */}}
{{- define "ticketing.egressTo" -}}
{{- $external := include "ticketing.external" . | fromJson -}}
- to:
    {{- if $external.host }}
    {{- range $external.cidrs }}
    - ipBlock: { cidr: {{ . | quote }} }
    {{- end }}
    {{- else }}
    - podSelector:
        matchLabels:
          app.kubernetes.io/part-of: ticketing-infra
          app.kubernetes.io/instance: {{ .root.Values.infra.release }}
          app.kubernetes.io/name: {{ .part }}
    {{- end }}
  ports:
    - { protocol: TCP, port: {{ include "ticketing.port" . }} }
{{- end }}

{{/* Peers in whole namespaces. */}}
{{- define "ticketing.namespaces" -}}
- namespaceSelector:
    matchExpressions:
      - { key: kubernetes.io/metadata.name, operator: In, values: {{ . | toJson }} }
{{- end }}
