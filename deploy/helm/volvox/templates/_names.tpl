{{- define "volvox.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "volvox.selector" -}}
app.kubernetes.io/name: {{ default .Chart.Name .Values.nameOverride }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "volvox.common" -}}
app.kubernetes.io/part-of: volvox
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{/* Labels of everything that belongs to the nodes; stores of an evaluation have labels of their own. */}}
{{- define "volvox.labels" -}}
{{ include "volvox.selector" . }}
app.kubernetes.io/component: node
{{ include "volvox.common" . }}
{{- end -}}

{{- define "volvox.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "volvox.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{/* Whether a store of the evaluation is to run: (list $ "sql") */}}
{{- define "volvox.bundled" -}}
{{- $root := index . 0 -}}
{{- $store := index $root.Values.stores (index . 1) -}}
{{- if and $root.Values.evaluation.enabled (not $store.url) (not $store.existingSecret) -}}true{{- end -}}
{{- end -}}
