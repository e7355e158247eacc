{{- /* Labels by which the operator's pods are found; they never change. */}}
{{- define "adplane.selector" -}}
app.kubernetes.io/name: adplane
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: operator
{{- end }}
{{- define "adplane.sandboxSelector" -}}
app.kubernetes.io/name: adplane
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: sandbox
{{- end }}
{{- /* An image, by digest where there is one: a list of the image's values and the default tag. */}}
{{- define "adplane.image" -}}
{{- $image := index . 0 -}}
{{- if $image.digest -}}
{{ $image.repository }}@{{ $image.digest }}
{{- else -}}
{{ $image.repository }}:{{ $image.tag | default (index . 1) }}
{{- end -}}
{{- end }}
{{- define "adplane.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
fsGroupChangePolicy: OnRootMismatch
seccompProfile: {type: RuntimeDefault}
{{- end }}
{{- define "adplane.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}
{{- /* The operator's file: what people wrote, and what the chart decides. */}}
{{- define "adplane.config" -}}
{{- $config := deepCopy .Values.config -}}
{{- $_ := set $config "project" (required "config.project is needed: the owner of everything on the platforms, such as --set config.project=shop" .Values.config.project) -}}
{{- $_ := set $config "listen" "0.0.0.0:8080" -}}
{{- $_ := set $config "stateDirectory" "/var/lib/adplane" -}}
{{- if or .Values.signers.allowed .Values.signers.revoked -}}
{{- $signatures := deepCopy (.Values.config.signatures | default dict) -}}
{{- if .Values.signers.allowed }}{{ $_ := set $signatures "allowedSigners" "/etc/adplane/allowed_signers" }}{{ end -}}
{{- if .Values.signers.revoked }}{{ $_ := set $signatures "revokedSigners" "/etc/adplane/revoked_signers" }}{{ end -}}
{{- $_ := set $config "signatures" $signatures -}}
{{- end -}}
{{- with .Values.metrics.database -}}
{{- if and .secretName $config.metrics -}}
{{- $database := dict "file" (printf "/etc/adplane-metrics/%s" .key) -}}
{{- if .certificatesKey }}{{ $_ := set $database "certificates" (printf "/etc/adplane-metrics/%s" .certificatesKey) }}{{ end -}}
{{- $_ := set $config "metrics" (set (deepCopy $config.metrics) "database" $database) -}}
{{- end -}}
{{- end -}}
{{ toYaml $config }}
{{- end }}
