{{- /* Rules that several roles share. */}}
{{- define "adplane.rules.view" -}}
- apiGroups: [adplane.io]
  resources: [adaccounts, campaigns, adgroups, creatives, budgets, policies, freezewindows, automationrules, overrides, notificationpolicies, plans, planapprovals]
  verbs: [get, list, watch]
{{- end }}
{{- define "adplane.rules.edit" -}}
- apiGroups: [adplane.io]
  resources: [campaigns, adgroups, creatives, budgets]
  verbs: [create, update, patch, delete]
{{- end }}
{{- /* Creating approvals, and the right that admission and the operator ask for, by class. */}}
{{- define "adplane.rules.approve" -}}
- apiGroups: [adplane.io]
  resources: [planapprovals]
  verbs: [create]
- apiGroups: [adplane.io]
  resources:
  {{- range . }}
  - plans/{{ . }}
  {{- end }}
  verbs: [approve]
{{- end }}
