{{- define "adplane-crds.labels" -}}
app.kubernetes.io/name: adplane
app.kubernetes.io/component: definitions
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- with .Values.labels }}
{{ toYaml . }}
{{- end }}
{{- end }}
{{- /* Removing a definition removes every object of it, so no release takes one away. */}}
{{- define "adplane-crds.annotations" -}}
helm.sh/resource-policy: keep
{{- with .Values.annotations }}
{{ toYaml . }}
{{- end }}
{{- end }}
